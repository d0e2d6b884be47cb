//! One thing that is asked of the catalogue, or told to it, in a session of its own: connected, checked, asked and closed within
//! a limit of time.

use std::time::Duration;

use thiserror::Error;
use tokio::time::timeout;

use crate::catalogue::CatalogError;
use crate::catalogue::schema::version::{self, VersionMismatch};
use crate::config::{Config, Environment};
use crate::conninfo::{ConnectError, ConnectTarget, Session, connect};

/// How long the catalogue may take for one thing that a job asks of it or tells it.
pub const PATIENCE: Duration = Duration::from_secs(10);

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

/// Asks or tells the catalogue one thing.
///
/// # Errors
/// See [`NotAsked`].
pub async fn ask<T>(
    config: &Config,
    env: &Environment,
    limit: Duration,
    question: impl AsyncFnOnce(&Session) -> Result<T, CatalogError>,
) -> Result<T, NotAsked> {
    within(limit, async {
        let session = open(config, env, limit).await?;
        let answer = question(&session).await?;
        session.close().await;
        Ok(answer)
    })
    .await
}

/// A connection to a catalogue of this version, for whoever has more than one thing to ask.
///
/// # Errors
/// See [`NotAsked`].
pub async fn open(
    config: &Config,
    env: &Environment,
    limit: Duration,
) -> Result<Session, NotAsked> {
    let session = connect(&ConnectTarget::catalogue(config), env, limit).await?;
    version::check(&session).await?;
    Ok(session)
}

/// Gives the catalogue so long and no longer.
///
/// # Errors
/// The work's own error, or [`NotAsked::NoAnswer`].
pub async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, NotAsked>>,
) -> Result<T, NotAsked> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(NotAsked::NoAnswer(limit)))
}
