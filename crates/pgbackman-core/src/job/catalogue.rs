//! What a job asks of the catalogue besides its report: best effort, within a bounded time, never a condition. Reasons are for
//! the log.

use std::time::Duration;

use tokio::time::timeout;

use crate::catalog::nodes::servers;
use crate::catalog::schema::version;
use crate::config::{Config, Environment};
use crate::conninfo::{ConnectTarget, Session, connect};
use crate::domain::ids::ServerId;

/// How long the catalogue may take for one thing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which backup server this is, for the report of a run that could read no cache.
async fn server(config: &Config, env: &Environment) -> Result<ServerId, String> {
    within(async {
        let session = open(config, env).await?;
        let server = servers::resolve(&*session, &config.backup_server.fqdn())
            .await
            .map_err(|error| error.to_string())?;
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
pub async fn open(config: &Config, env: &Environment) -> Result<Session, String> {
    let session = connect(&ConnectTarget::catalogue(config), env, PATIENCE)
        .await
        .map_err(|error| error.to_string())?;
    version::check(&session)
        .await
        .map_err(|error| error.to_string())?;
    Ok(session)
}

/// Gives the catalogue so long and no longer.
pub async fn within<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
}
