//! Queries to the catalogue: one read-only connection, with a timeout for everything.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use pgbackman_core::catalogue::schema::version::{self, VersionMismatch};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, Session, SessionOptions, connect};
use pgbackman_core::exit_code::{Exit, ExitCode, because};

/// The catalogue is unavailable.
fn unavailable(reason: impl fmt::Display) -> Exit {
    Exit::of(ExitCode::CatalogueUnavailable)(reason)
}

/// Connects, runs the queries and disconnects, all within `limit`.
///
/// # Errors
/// If the catalogue is unavailable, too slow, or of another version; and the errors of the queries.
pub async fn ask<T>(
    program: &str,
    config: &Config,
    env: &Environment,
    limit: Duration,
    question: impl AsyncFnOnce(&Session) -> Result<T, Exit>,
) -> Result<T, Exit> {
    let options = SessionOptions {
        application_name: program.to_owned(),
        // A query must not continue when nobody waits for its result any more.
        statement_timeout: Some(limit),
        // Compiling a statement takes longer than running it here.
        settings: [("default_transaction_read_only", "on"), ("jit", "off")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        ..SessionOptions::default()
    };
    let target = ConnectTarget::catalogue(config).with_options(options);
    let asked = async {
        let session = connect(&target, env, limit).await.map_err(unavailable)?;
        check_version(&session).await?;
        let answer = question(&session).await?;
        session.close().await;
        Ok(answer)
    };
    within(limit, asked).await
}

async fn within<T>(
    limit: Duration,
    asked: impl Future<Output = Result<T, Exit>>,
) -> Result<T, Exit> {
    tokio::time::timeout(limit, asked)
        .await
        .unwrap_or_else(|_| {
            Err(unavailable(format!(
                "the catalogue did not respond within {} s",
                limit.as_secs_f64()
            )))
        })
}

async fn check_version(session: &Session) -> Result<(), Exit> {
    match version::check(session).await {
        Ok(()) => Ok(()),
        Err(VersionMismatch::Catalog(error)) => Err(error.into()),
        Err(mismatch) => Err(Exit::of(ExitCode::VersionMismatch)(mismatch)),
    }
}

/// Creates a runtime for a program that queries once.
///
/// # Errors
/// When the system has no more threads or files.
pub fn runtime() -> Result<tokio::runtime::Runtime, Exit> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(because(ExitCode::Failure, "could not start"))
}
