//! The user's own crontab through crontab(1), for control without root: read whole, one block replaced, written whole.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use pgbackman_core::sys::cron_service::Kind;
use pgbackman_core::sys::crontab::{BlockError, UserCrontab, replace_block};
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::sleep;

/// The program, looked for in `PATH`.
const CRONTAB: &str = "crontab";
/// How long it may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Why the user's crontab is as it was.
#[derive(Debug, Error)]
pub enum UserCrontabError {
    /// The program could not be run.
    #[error("could not run `crontab {argument}`: {source}; is cron installed?")]
    Run {
        /// Its argument.
        argument: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// It failed.
    #[error("`crontab {argument}` ended with {status}: {message}")]
    Failed {
        /// Its argument.
        argument: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        message: String,
    },
    /// It did not end.
    #[error("`crontab {argument}` did not end within {} s", LIMIT.as_secs())]
    Hanging {
        /// Its argument.
        argument: &'static str,
    },
    /// It is one whose cron reads our lines otherwise.
    #[error(
        "{program} is BusyBox's crontab, whose crond misreads crontabs: {misreading}; nothing was changed. Install \
         cron (Debian) or cronie instead", program = program.display()
    )]
    BusyBox {
        /// The program.
        program: PathBuf,
        /// What its cron does.
        misreading: &'static str,
    },
    /// What is there is not UTF-8: nothing is written that would not be byte for byte what the user has.
    #[error("the user's crontab is not UTF-8; nothing was changed")]
    NotText,
    /// The block cannot be placed.
    #[error(transparent)]
    Block(#[from] BlockError),
}

/// Replaces this server's block. True if the crontab was written; one that says so already is left as it is.
pub async fn update(server: &str, block: &UserCrontab) -> Result<bool, UserCrontabError> {
    refuse_busybox(std::env::var_os("PATH").as_deref())?;
    let current = read().await?;
    let wanted = replace_block(&current, server, block)?;
    if wanted == current {
        return Ok(false);
    }
    another_second().await;
    let (status, _, message) = run("-", Some(wanted)).await?;
    LAST_WRITTEN.store(second(), Ordering::Relaxed);
    if status.success() {
        Ok(true)
    } else {
        Err(UserCrontabError::Failed {
            argument: "-",
            status,
            message,
        })
    }
}

/// BusyBox has all its programs in one, which its `crontab` is a link to; in Alpine's package that is `bbsuid`.
fn refuse_busybox(path: Option<&OsStr>) -> Result<(), UserCrontabError> {
    let program = std::env::split_paths(path.unwrap_or_default())
        .find_map(|directory| fs::canonicalize(directory.join(CRONTAB)).ok());
    let is_busybox = |program: &PathBuf| {
        program
            .file_name()
            .is_some_and(|name| name == "busybox" || name == "bbsuid")
    };
    match (program.filter(is_busybox), Kind::BusyBox.misreading()) {
        (Some(program), Some(misreading)) => Err(UserCrontabError::BusyBox {
            program,
            misreading,
        }),
        _ => Ok(()),
    }
}

/// The second in which this process wrote a crontab last.
static LAST_WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Waits until no crontab of ours has been written in this second: cron, which compares times in whole seconds, may have read
/// that one, and would not read another one of the same second (trap 18b).
async fn another_second() {
    while second() == LAST_WRITTEN.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(20)).await;
    }
}

fn second() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The whole crontab; empty only where the program says that there is none. Any other failure is an error: taking it for
/// an empty crontab would delete the user's own lines.
async fn read() -> Result<String, UserCrontabError> {
    let (status, output, message) = run("-l", None).await?;
    if status.success() {
        return String::from_utf8(output).map_err(|_| UserCrontabError::NotText);
    }
    if message.contains("no crontab for") {
        return Ok(String::new());
    }
    Err(UserCrontabError::Failed {
        argument: "-l",
        status,
        message,
    })
}

async fn run(
    argument: &'static str,
    input: Option<String>,
) -> Result<(ExitStatus, Vec<u8>, String), UserCrontabError> {
    let failed = |source| UserCrontabError::Run { argument, source };
    let mut child = Command::new(CRONTAB)
        .arg(argument)
        // Its messages are read here.
        .env("LC_ALL", "C")
        .stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let stdin = child.stdin.take();
    let work = async {
        if let (Some(mut stdin), Some(text)) = (stdin, input) {
            stdin.write_all(text.as_bytes()).await?;
        }
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(LIMIT, work)
        .await
        .map_err(|_| UserCrontabError::Hanging { argument })?
        .map_err(failed)?;
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok((output.status, output.stdout, message))
}
