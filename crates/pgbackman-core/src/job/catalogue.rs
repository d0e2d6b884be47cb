//! What a job asks of the catalogue besides its report: best effort, within a bounded time, never a condition. Reasons are for
//! the log.

use crate::catalogue::CatalogError;
use crate::catalogue::asking::{self, NotAsked, PATIENCE};
use crate::catalogue::nodes::servers;
use crate::config::{Config, Environment};
use crate::conninfo::Session;
use crate::domain::ids::ServerId;

/// Asks or tells the catalogue one thing.
///
/// # Errors
/// See [`NotAsked`].
pub async fn ask<T>(
    config: &Config,
    env: &Environment,
    question: impl AsyncFnOnce(&Session) -> Result<T, CatalogError>,
) -> Result<T, NotAsked> {
    asking::ask(config, env, PATIENCE, question).await
}

/// Which backup server this is, for the report of a run that could read no cache.
async fn server(config: &Config, env: &Environment) -> Result<ServerId, NotAsked> {
    ask(config, env, async |session| {
        let server = servers::resolve(&**session, &config.backup_server.fqdn()).await?;
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
