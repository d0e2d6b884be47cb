//! The process that recovers dead runs for a daemon.
//!
//! What a dead run has written may be on a file system that is unavailable. A process that works there may sleep in the kernel, where
//! it can be neither ended nor waited for. Therefore a daemon starts itself once more for this work, and gives that process up after a
//! time. The process itself is `handoff::run::recover_all`. It holds the locks of the records that it is at, so the next attempt leaves these alone.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::config::Config;
use crate::daemon::question::TaskError;

/// How long all recoveries below one root may take.
pub const LIMIT: Duration = Duration::from_secs(600);

/// What a daemon learns of the recoveries below a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recoveries {
    /// A line for each run that was registered.
    pub registered: Vec<String>,
    /// What could not be done, or not completely.
    pub problems: Vec<String>,
}

/// The command that starts this program once more to recover the runs below `root`. The caller adds the account.
pub fn command(config: &Config, root: &Path) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command
        .arg("--recover-runs")
        .arg(root)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(config) = &config.path {
        command.arg("--config").arg(config);
    }
    command
}

/// Runs the command, for at most `limit`.
///
/// # Errors
/// When the process could not be started, or did not end in time.
pub async fn by_process(mut command: Command, limit: Duration) -> Result<Recoveries, TaskError> {
    let output = tokio::time::timeout(limit, command.output())
        .await
        .map_err(|_| {
            TaskError::failed(&format!(
                "the process that recovers dead runs did not end within {} s; a file system may be unavailable",
                limit.as_secs()
            ))
        })?
        .map_err(|error| {
            TaskError::failed(&format!(
                "could not start the process that recovers dead runs: {error}"
            ))
        })?;
    let lines = |text: &[u8]| -> Vec<String> {
        String::from_utf8_lossy(text)
            .lines()
            .map(str::to_owned)
            .collect()
    };
    let mut problems = lines(&output.stderr);
    if !output.status.success() && problems.is_empty() {
        problems.push(format!(
            "the process that recovers dead runs ended with {}",
            output.status
        ));
    }
    Ok(Recoveries {
        registered: lines(&output.stdout),
        problems,
    })
}
