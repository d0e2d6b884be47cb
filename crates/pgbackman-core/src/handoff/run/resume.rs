//! Letting a standby's replay continue for a run that has paused it (trap 28).

use std::time::Duration;

use thiserror::Error;
use tokio::time::timeout;

use super::record::PausedNode;
use crate::config::Environment;
use crate::conninfo::{ConnectError, ConnectTarget, Session, connect};
use crate::node::replay_pause::{self, COORDINATION_DATABASES, Release};
use crate::node::{NodeError, identity};

/// How long the attempt may take in all.
const WITHIN: Duration = Duration::from_secs(30);

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
        Err(error) if error.lacks_database() => connect(&second, env, WITHIN).await,
        outcome => outcome,
    }
}

/// A standby whose replay may still be paused because of a run that is over.
#[derive(Debug, Error)]
#[error("replay on the standby {host} (port {port}) could not be resumed: {source}")]
pub struct StillPaused {
    host: String,
    port: u16,
    source: NotResumed,
}

/// Why replay could not be resumed.
#[derive(Debug, Error)]
pub enum NotResumed {
    /// There is no connection to the standby.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It refused, or answered what is not understood.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Another run of this backup server paused it, too.
    #[error("another dump still needs the pause")]
    StillNeeded,
    /// The time allowed is over.
    #[error("no answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
}

/// Resumes replay for a run that is over. The error says why it may still be paused because of that run.
pub async fn resume(node: &PausedNode, env: &Environment) -> Result<(), StillPaused> {
    let attempt = async {
        let session = connect_to_node(node, env).await?;
        let release = identity::release(&*session).await?;
        let released = replay_pause::resume_after_crash(&session, release).await?;
        session.close().await;
        match released {
            Release::Resumed | Release::NothingToDo => Ok(()),
            Release::StillNeeded => Err(NotResumed::StillNeeded),
        }
    };
    timeout(WITHIN, attempt)
        .await
        .unwrap_or_else(|_| Err(NotResumed::NoAnswer(WITHIN)))
        .map_err(|source| StillPaused {
            host: node.host.clone(),
            port: node.port,
            source,
        })
}
