//! What a job asks of the catalogue besides its report: best effort, within a bounded time, never a condition. Reasons are for
//! the log.

use std::time::Duration;

use thiserror::Error;
use tokio::time::timeout;

use crate::catalogue::CatalogError;
use crate::catalogue::nodes::servers;
use crate::catalogue::schema::version::{self, VersionMismatch};
use crate::config::{Config, Environment};
use crate::conninfo::{ConnectError, ConnectTarget, Session, connect};
use crate::domain::ids::ServerId;

/// How long the catalogue may take for one thing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the catalogue was not asked, or has not answered.
#[derive(Debug, Error)]
pub enum NotAsked {
    /// There is no connection to it.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// It is of another version, or is none.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// It refused, or answered what is not understood.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The time allowed is over.
    #[error("no answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
}

/// Which backup server this is, for the report of a run that could read no cache.
async fn server(config: &Config, env: &Environment) -> Result<ServerId, NotAsked> {
    within(async {
        let session = open(config, env).await?;
        let server = servers::resolve(&*session, &config.backup_server.fqdn()).await?;
        session.close().await;
        Ok(server.id)
    })
    .await
}

/// The server where it is known; otherwise the catalogue is asked, and where that fails the log says so.
pub async fn server_or_ask(
    known: Option<ServerId>,
    config: &Config,
    env: &Environment,
) -> Option<ServerId> {
    if known.is_some() {
        return known;
    }
    server(config, env)
        .await
        .inspect_err(|reason| tracing::error!("this failure could not be registered: {reason}"))
        .ok()
}

/// A connection to a catalogue of this version.
pub async fn open(config: &Config, env: &Environment) -> Result<Session, NotAsked> {
    let session = connect(&ConnectTarget::catalogue(config), env, PATIENCE).await?;
    version::check(&session).await?;
    Ok(session)
}

/// Gives the catalogue so long and no longer.
pub async fn within<T>(work: impl Future<Output = Result<T, NotAsked>>) -> Result<T, NotAsked> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(NotAsked::NoAnswer(PATIENCE)))
}
