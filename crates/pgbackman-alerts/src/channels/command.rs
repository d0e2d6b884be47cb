//! A program that reads alerts from its standard input. No shell runs it.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use pgbackman_core::config::AlertsSection;
use pgbackman_core::sys::programs;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr};
use tokio::time::timeout;

use super::not_sent::NotSent;

/// Maximum length of the standard error output that is kept.
const LONGEST_COMPLAINT: usize = 2_000;

/// The program.
#[derive(Debug, Clone)]
pub struct Command {
    words: Vec<String>,
    limit: Duration,
}

impl Command {
    /// Creates the channel from the configuration.
    pub fn from_section(section: &AlertsSection) -> Option<Self> {
        (!section.alert_command.is_empty()).then(|| Self {
            words: section.alert_command.clone(),
            limit: section.alert_command_timeout,
        })
    }

    /// Runs the program with a document on its standard input. Exit status 0 means success.
    pub async fn run(&self, document: &Value) -> Result<(), NotSent> {
        let failed = |words: String| NotSent::closed(format!("{}: {words}", self.name()));
        let mut child = self
            .start()
            .map_err(|error| failed(format!("could not start: {error}")))?;
        let group = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .map(Pid::from_raw);
        let talk = talk(&mut child, document.to_string());
        let outcome = timeout(self.limit, talk).await;
        // Processes that it left behind are killed too.
        if let Some(group) = group {
            let _ = killpg(group, Signal::SIGKILL);
        }
        match outcome {
            Ok(Ok((true, _))) => Ok(()),
            Ok(Ok((false, words))) => Err(failed(words)),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => {
                let _ = child.wait().await;
                Err(failed(format!(
                    "was terminated because it did not end within {} s",
                    self.limit.as_secs()
                )))
            }
        }
    }

    /// Whether the program exists, where [`Self::run`] would find it.
    pub fn exists(&self) -> bool {
        programs::exists(self.name())
    }

    /// The program, as configured.
    pub fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    fn start(&self) -> io::Result<Child> {
        let (program, arguments) = self
            .words
            .split_first()
            .ok_or(io::ErrorKind::InvalidInput)?;
        let mut command = tokio::process::Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", programs::PATH)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        for name in ["HOME", "LOGNAME", "USER", "LANG", "TZ"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.spawn()
    }
}

/// Writes the document, reads standard error, and waits for the end of the program. Returns whether it succeeded, and
/// its error output.
async fn talk(child: &mut Child, document: String) -> io::Result<(bool, String)> {
    let (mut stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let write = async move {
        if let Some(stdin) = &mut stdin {
            // A program that does not need the document may close its standard input.
            let _ = stdin.write_all(document.as_bytes()).await;
        }
        drop(stdin);
    };
    let end = async {
        let status = child.wait().await;
        // A descendant that keeps standard error open is not waited for.
        status
    };
    let complaint = complaint(stderr);
    tokio::pin!(complaint);
    let (status, ()) = {
        let both = async { tokio::join!(end, write) };
        tokio::pin!(both);
        tokio::select! {
            ended = &mut both => ended,
            words = &mut complaint => {
                let (status, ()) = both.await;
                return status.map(|status| (status.success(), said(status, &words)));
            }
        }
    };
    let status = status?;
    let words = timeout(Duration::from_secs(1), complaint)
        .await
        .unwrap_or_default();
    Ok((status.success(), said(status, &words)))
}

fn said(status: std::process::ExitStatus, complaint: &str) -> String {
    let words = crate::text::one_line(complaint.trim());
    if words.is_empty() {
        status.to_string()
    } else {
        format!("{status}: {words}")
    }
}

/// The beginning of its standard error output; the rest is read and discarded, so that the program does not block.
async fn complaint(stderr: Option<ChildStderr>) -> String {
    let Some(mut stderr) = stderr else {
        return String::new();
    };
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        let room = LONGEST_COMPLAINT.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..count.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}
