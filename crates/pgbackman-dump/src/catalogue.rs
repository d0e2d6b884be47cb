//! What is asked of the catalogue besides the report: best effort, and never a condition for a backup.

use std::time::Duration;

use pgbackman_core::catalog::{runs, servers, version};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, Session, connect};
use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::ids::ServerId;
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// How long the catalogue may take for these.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells the catalogue that the run has begun, while the backup goes on; it is given up when the run ends first.
pub(crate) fn tell_beginning(
    config: &Config,
    env: &Environment,
    result: &BackupResult,
) -> AbortHandle {
    let (config, env) = (config.clone(), env.clone());
    let run = runs::Run {
        run_uuid: result.run_uuid,
        origin: result.origin,
        server: result.server,
        node: result.node,
        procpid: result.procpid,
        started: result.started,
    };
    let telling = async move {
        let told = within(async {
            let session = open(&config, &env).await?;
            runs::begin(&*session, &run)
                .await
                .map_err(|error| error.to_string())?;
            session.close().await;
            Ok(())
        });
        if let Err(reason) = told.await {
            tracing::warn!("the catalogue was not told that the run has begun: {reason}");
        }
    };
    tokio::spawn(telling).abort_handle()
}

/// Which backup server this is, for the report of a run that could read no cache.
pub(crate) async fn server(config: &Config, env: &Environment) -> Result<ServerId, String> {
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

async fn open(config: &Config, env: &Environment) -> Result<Session, String> {
    let session = connect(&ConnectTarget::catalogue(config), env, PATIENCE)
        .await
        .map_err(|error| error.to_string())?;
    version::check(&session)
        .await
        .map_err(|error| error.to_string())?;
    Ok(session)
}

async fn within<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs())))
}
