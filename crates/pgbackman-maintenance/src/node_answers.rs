//! Asking nodes for their identity and their databases, several at a time.

use std::sync::Arc;
use std::time::Duration;

use pgbackman_core::conninfo::{ConnectTarget, Session, connect};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::node::replay_pause::COORDINATION_DATABASES;
use pgbackman_core::node::{databases, identity};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::daemon::Maintenance;
use crate::gone::Answer;

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// So many nodes are asked at a time.
const AT_ONCE: usize = 16;

/// Asks every node; what they say, or why they do not, in the order of the nodes.
pub async fn ask_all(
    daemon: &Arc<Maintenance>,
    nodes: Vec<PgsqlNode>,
) -> Vec<(PgsqlNode, Result<Answer, String>)> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for node in nodes {
        let (daemon, permits) = (Arc::clone(daemon), Arc::clone(&permits));
        tasks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let answer = timeout(PATIENCE, ask(&daemon, &node))
                .await
                .unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())));
            (node, answer)
        });
    }
    let mut answers = Vec::new();
    while let Some(joined) = tasks.join_next().await {
        // A task that panicked has no answer, and its node is then not judged.
        answers.extend(joined.ok());
    }
    answers.sort_by_key(|(node, _)| node.id);
    answers
}

async fn ask(daemon: &Maintenance, node: &PgsqlNode) -> Result<Answer, String> {
    let session = open(daemon, node).await?;
    let answer = read(&session).await;
    session.close().await;
    answer
}

async fn read(session: &Session) -> Result<Answer, String> {
    let said = |error: pgbackman_core::node::NodeError| error.to_string();
    let release = identity::release(&**session).await.map_err(said)?;
    Ok(Answer {
        system_identifier: identity::system_identifier(&**session, release)
            .await
            .map_err(said)?,
        major: release.major().to_string(),
        databases: databases::list(&**session).await.map_err(said)?,
    })
}

/// Every cluster has one of the two databases.
async fn open(daemon: &Maintenance, node: &PgsqlNode) -> Result<Session, String> {
    let mut reason = String::new();
    for dbname in COORDINATION_DATABASES {
        let target = ConnectTarget::node(node.fqdn(), node.port, &node.admin_user, dbname)
            .with_application_name("pgbackman_maintenance");
        match connect(&target, &daemon.context.env, PATIENCE).await {
            Ok(session) => return Ok(session),
            Err(error) => reason = error.to_string(),
        }
    }
    Err(reason)
}
