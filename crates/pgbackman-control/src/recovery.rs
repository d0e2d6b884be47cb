//! Runs that died: found by their records, registered by a process of the job user.
//!
//! The records are in a directory that the unprivileged user may write; root neither follows what they say nor removes
//! or renames files because of them. So control starts itself once more as that user, in the surroundings of a job. Why
//! control does it although maintenance does, too: `docs/adr/0006-who-recovers-dead-runs.md`.

use std::path::Path;

use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::daemon::recovery;
use pgbackman_core::handoff::run;
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::privilege;
use tokio::process::Command;

use crate::pass::Pass;

/// What jobs find in their environment, besides their user (trap 20).
const PATH: &str = "/usr/bin:/bin";

/// Registers every run that died on this server; live runs are left alone.
pub async fn recover(pass: &Pass) -> Result<(), TaskError> {
    let root = pass.root().map_err(|error| TaskError::failed(&error))?;
    let listed = root.clone();
    if !blocking(move || has_records(&listed)).await? {
        return Ok(());
    }
    let recoveries = recovery::by_process(command(pass, &root), recovery::LIMIT).await?;
    for line in recoveries.registered {
        tracing::warn!("{line}");
    }
    if recoveries.problems.is_empty() {
        Ok(())
    } else {
        Err(TaskError::Failed(recoveries.problems))
    }
}

/// Whether there is a record at all: without one no process is started.
fn has_records(root: &Path) -> bool {
    let names = Directory::open_trusted(root)
        .and_then(|root| root.open_below(&run::directory(Path::new(""))))
        .and_then(|directory| directory.names());
    // A directory that is missing holds no record; one that cannot be read is reported by the process below.
    names.map_or_else(
        |error| error.kind() != std::io::ErrorKind::NotFound,
        |names| {
            names
                .iter()
                .any(|name| Path::new(name).extension().is_some_and(|end| end == "run"))
        },
    )
}

fn command(pass: &Pass, root: &Path) -> Command {
    let daemon = &pass.daemon;
    let mut command = recovery::command(&daemon.context.config, root);
    let user = &daemon.job_user;
    if user.owner != privilege::current_owner() {
        command.uid(user.owner.uid).gid(user.owner.gid).env_clear();
        command
            .env("PATH", PATH)
            .env("HOME", &user.home)
            .env("LOGNAME", &user.name)
            .current_dir("/");
    }
    command
}
