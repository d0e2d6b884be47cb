//! A private catalogue whose programs were replaced under it by an update of PostgreSQL's package: noticed within a minute, and
//! restarted. The package's trigger is faster, where there is one.

use std::process::Stdio;
use std::sync::PoisonError;
use std::time::Duration;

use pgbackman_core::catalogue::schema::embedded;
use pgbackman_core::conninfo::Session;
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::catalogue_server::Standing;
use tokio::process::Command;

use crate::daemon::Control;

/// The program that restarts it.
const PROGRAM: &str = "pgbackman_setup";
/// The server may have to recover.
const LIMIT: Duration = Duration::from_secs(600);

/// Looks, and restarts the server if it is outdated. Only what needs no library of the server is asked of it.
pub async fn reconcile(daemon: &Control, session: &Session) -> Result<(), TaskError> {
    let Some(directory) = embedded::directory(&daemon.context.config) else {
        return Ok(());
    };
    let standing = embedded::standing(&**session, &daemon.context.config)
        .await
        .map_err(|error| TaskError::Unavailable(error.to_string()))?
        .unwrap_or(Standing::Current);
    let Some(problem) = standing.problem() else {
        return Ok(());
    };
    let by_hand = format!(
        "{problem}. See pgbackman_setup embedded --dir {} --status",
        directory.display()
    );
    if !matches!(standing, Standing::Outdated { .. }) {
        return Err(TaskError::failed(&by_hand));
    }
    {
        let mut tried = daemon
            .restarts_tried
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *tried == Some(standing) {
            return Err(TaskError::failed(&by_hand));
        }
        *tried = Some(standing);
    }
    tracing::error!("{problem}: restarting it now");
    let mut command = Command::new(daemon.section().program_dir.join(PROGRAM));
    if let Some(config) = &daemon.context.config.path {
        command.arg("--config").arg(config);
    }
    command
        .args(["embedded", "--restart-if-updated", "--dir"])
        .arg(&directory)
        .current_dir("/")
        .stdin(Stdio::null());
    match tokio::time::timeout(LIMIT, command.output()).await {
        Ok(Ok(said)) if said.status.success() => {
            tracing::info!("{}", String::from_utf8_lossy(&said.stdout).trim());
            Ok(())
        }
        // The catalogue is being made or upgraded: another time.
        Ok(Ok(said)) if said.status.code() == Some(7) => {
            forget(daemon);
            Err(TaskError::failed(
                &String::from_utf8_lossy(&said.stderr).trim().to_owned(),
            ))
        }
        Ok(Ok(said)) => {
            let why = String::from_utf8_lossy(&said.stderr).trim().to_owned();
            Err(TaskError::failed(&format!(
                "{by_hand}. It could not be restarted: {why}"
            )))
        }
        Ok(Err(error)) => {
            forget(daemon);
            Err(TaskError::failed(&format!(
                "{by_hand}. {PROGRAM} could not be started: {error}"
            )))
        }
        Err(_) => Err(TaskError::failed(&format!(
            "{by_hand}. {PROGRAM} did not end within {} s",
            LIMIT.as_secs()
        ))),
    }
}

fn forget(daemon: &Control) {
    let tried = daemon.restarts_tried.lock();
    *tried.unwrap_or_else(PoisonError::into_inner) = None;
}
