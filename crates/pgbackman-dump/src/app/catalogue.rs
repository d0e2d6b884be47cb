//! What is asked of the catalogue besides the report: best effort, and never a condition for a backup.

use pgbackman_core::catalogue::{backups, runs};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::backup::dump_estimate::Previous;
use pgbackman_core::job::catalogue::{open, within};
use tokio::task::AbortHandle;

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
            runs::begin(&*session, &run).await?;
            session.close().await;
            Ok(())
        });
        if let Err(reason) = told.await {
            tracing::warn!("the catalogue was not told that the run has begun: {reason}");
        }
    };
    tokio::spawn(telling).abort_handle()
}

/// The newest good backup of this kind that the catalogue knows; none where it cannot be asked.
pub(crate) async fn newest_of(
    config: &Config,
    env: &Environment,
    kind: &backups::Kind<'_>,
) -> Option<Previous> {
    let asked = within(async {
        let session = open(config, env).await?;
        let found = backups::newest_of(&*session, kind).await?;
        session.close().await;
        Ok(found)
    });
    asked.await.unwrap_or_else(|reason| {
        tracing::warn!("the catalogue was not asked how large the last backup is: {reason}");
        None
    })
}
