//! Asking nodes for their identity and their databases, several at a time.

use std::sync::Arc;
use std::time::Duration;

use pgbackman_core::conninfo::{ConnectError, ConnectTarget, Session, connect};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::node::replay_pause::COORDINATION_DATABASES;
use pgbackman_core::node::{NodeError, databases, identity};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::daemon::Maintenance;
use crate::nodes::gone::Answer;

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Number of nodes that are asked at a time.
const AT_ONCE: usize = 16;

/// Why a node did not say what was asked.
#[derive(Debug, Error)]
pub enum NoAnswer {
    /// There is no connection to it.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It refused, or answered what is not understood.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The time allowed is over.
    #[error("no response within {} s", .0.as_secs())]
    Timeout(Duration),
}

/// Asks every node; what they say, or why they do not, in the order of the nodes.
pub async fn ask_all(
    daemon: &Arc<Maintenance>,
    nodes: Vec<PgsqlNode>,
) -> Vec<(PgsqlNode, Result<Answer, NoAnswer>)> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for node in nodes {
        let (daemon, permits) = (Arc::clone(daemon), Arc::clone(&permits));
        tasks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let answer = timeout(PATIENCE, ask(&daemon, &node))
                .await
                .unwrap_or_else(|_| Err(NoAnswer::Timeout(PATIENCE)));
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

async fn ask(daemon: &Maintenance, node: &PgsqlNode) -> Result<Answer, NoAnswer> {
    let session = open(daemon, node).await?;
    let answer = read(&session).await;
    session.close().await;
    answer
}

async fn read(session: &Session) -> Result<Answer, NoAnswer> {
    let release = identity::release(&**session).await?;
    Ok(Answer {
        system_identifier: identity::system_identifier(&**session, release).await?,
        major: release.major().to_string(),
        databases: databases::list(&**session).await?,
    })
}

/// Every cluster has one of the two databases.
async fn open(daemon: &Maintenance, node: &PgsqlNode) -> Result<Session, NoAnswer> {
    let [first, second] = COORDINATION_DATABASES.map(|dbname| {
        ConnectTarget::node(node.fqdn(), node.port, &node.admin_user, dbname)
            .with_application_name("pgbackman_maintenance")
    });
    let env = &daemon.context.env;
    match connect(&first, env, PATIENCE).await {
        Ok(session) => Ok(session),
        Err(_) => Ok(connect(&second, env, PATIENCE).await?),
    }
}
