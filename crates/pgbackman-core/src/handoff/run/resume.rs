//! Letting a standby's replay go on for a run that has paused it (trap 28).

use std::time::Duration;

use tokio::time::timeout;

use super::record::PausedNode;
use crate::config::Environment;
use crate::conninfo::{ConnectError, ConnectFailure, ConnectTarget, Session, connect};
use crate::node::identity;
use crate::node::replay_pause::{self, COORDINATION_DATABASES, Release};

/// How long the attempt may take in all.
const WITHIN: Duration = Duration::from_secs(30);
/// SQLSTATE of a database that does not exist.
const NO_SUCH_DATABASE: &str = "3D000";

/// Connects to a database that every node has, for what concerns the node as a whole: the pauses of a standby are coordinated in
/// it, whatever database is dumped, and a CLUSTER backup asks there.
pub async fn connect_to_node(
    node: &PausedNode,
    env: &Environment,
) -> Result<Session, ConnectError> {
    let [first, second] = COORDINATION_DATABASES.map(|dbname| {
        ConnectTarget::node(&node.host, node.port, &node.user, dbname)
            .with_application_name("pgbackman_dump")
    });
    match connect(&first, env, WITHIN).await {
        Err(error) if is_unknown_database(&error) => connect(&second, env, WITHIN).await,
        outcome => outcome,
    }
}

fn is_unknown_database(error: &ConnectError) -> bool {
    matches!(error.failure(), Some(ConnectFailure::Refused { code, .. }) if code == NO_SUCH_DATABASE)
}

/// Resumes replay for a run that is over. The error says why it may still be paused because of that run.
pub async fn resume(node: &PausedNode, env: &Environment) -> Result<(), String> {
    let attempt = async {
        let session = connect_to_node(node, env)
            .await
            .map_err(|error| error.to_string())?;
        let release = identity::release(&*session)
            .await
            .map_err(|error| error.to_string())?;
        let released = replay_pause::resume_after_crash(&session, release)
            .await
            .map_err(|error| error.to_string())?;
        session.close().await;
        match released {
            Release::Resumed | Release::NothingToDo => Ok(()),
            Release::StillNeeded => Err("another dump still needs the pause".to_owned()),
        }
    };
    let outcome = timeout(WITHIN, attempt)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", WITHIN.as_secs())));
    outcome.map_err(|reason| {
        format!(
            "replay on the standby {} (port {}) could not be resumed: {reason}",
            node.host, node.port
        )
    })
}
