//! One program of a run: what to start, how it is watched, and how it ended.
#![forbid(unsafe_code)]

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::Pid;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::error::ProcessError;
use crate::sys::signal::StopSignal;

/// How many of the last lines of standard error are kept.
const TAIL_LINES: usize = 20;
/// How many bytes of such a line.
const TAIL_LINE_BYTES: usize = 2_000;
/// How long standard error may stay open after its program ended (a descendant has it) before what was read so far counts.
const STDERR_CLOSES_WITHIN: Duration = Duration::from_secs(2);

/// A program to run: an argument vector, never shell text.
#[derive(Clone, PartialEq, Eq)]
pub struct Program {
    /// The program file.
    pub path: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its whole environment; nothing else is inherited.
    pub env: Vec<(OsString, OsString)>,
}

/// Names the environment's variables without their values, which may be passwords.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("Program")
            .field("path", &self.path)
            .field("args", &self.args)
            .field("env", &names)
            .finish()
    }
}

/// Where a program's standard output goes.
#[derive(Debug)]
pub enum Stdout {
    /// Nowhere.
    Null,
    /// To a file.
    File(File),
    /// To whoever calls [`Running::take_stdout`].
    Pipe,
}

/// Hears each line that a program writes to standard error (cut where it is very long), as it comes.
pub type LineWatcher = Box<dyn FnMut(&str) + Send>;

/// What a program's standard streams are connected to.
pub struct Wiring {
    /// Where standard input comes from; `None`: there is none.
    pub stdin: Option<OwnedFd>,
    /// Where standard output goes.
    pub stdout: Stdout,
    /// Where standard error goes.
    pub log: File,
    /// Who else hears standard error.
    pub watcher: Option<LineWatcher>,
}

/// How long a program may run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// It is ended at this time.
    pub deadline: Instant,
    /// How long it may take to end after SIGTERM before SIGKILL follows.
    pub grace: Duration,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this status.
    Exited(i32),
    /// By a signal that was not ours.
    Signalled(i32),
    /// By us: its deadline had passed.
    TimedOut,
    /// By us: we were asked to stop.
    Stopped(StopSignal),
}

impl Ending {
    /// Whether the program says that all went well.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Exited(0))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "ended with exit status {status}"),
            Self::Signalled(number) => match Signal::try_from(*number) {
                Ok(signal) => write!(f, "was terminated by {signal}"),
                Err(_) => write!(f, "was terminated by signal {number}"),
            },
            Self::TimedOut => {
                f.write_str("was terminated because the run took longer than max_duration")
            }
            Self::Stopped(signal) => {
                write!(f, "was terminated because this program received {signal}")
            }
        }
    }
}

/// A program that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How.
    pub ending: Ending,
    /// The last lines of its standard error, empty ones left out.
    pub stderr_tail: Vec<String>,
}

/// A program that is running. Everything it writes to standard error goes to its log as it comes.
#[derive(Debug)]
pub struct Running {
    pub(super) child: Child,
    pub(super) path: PathBuf,
    pub(super) stderr: JoinHandle<Vec<String>>,
}

impl Running {
    pub(super) fn spawn(
        program: &Program,
        group: Pid,
        wiring: Wiring,
    ) -> Result<Self, ProcessError> {
        let failed = |source| ProcessError::Spawn {
            program: program.path.clone(),
            source,
        };
        let mut child = Command::new(&program.path)
            .args(&program.args)
            .env_clear()
            .envs(program.env.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(wiring.stdin.map_or_else(Stdio::null, Stdio::from))
            .stdout(match wiring.stdout {
                Stdout::Null => Stdio::null(),
                Stdout::File(file) => file.into(),
                Stdout::Pipe => Stdio::piped(),
            })
            .stderr(Stdio::piped())
            .process_group(group.as_raw())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let stderr = child
            .stderr
            .take()
            .ok_or_else(|| failed(std::io::Error::other("it has no standard error")))?;
        Ok(Self {
            child,
            path: program.path.clone(),
            stderr: tokio::spawn(keep_stderr(stderr, wiring.log, wiring.watcher)),
        })
    }

    /// The process ID while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// The reading end of its standard output, if it was started with [`Stdout::Pipe`] and this is the first call.
    pub fn take_stdout(&mut self) -> Option<OwnedFd> {
        self.child.stdout.take()?.into_owned_fd().ok()
    }
}

pub(super) async fn tail_of(mut stderr: JoinHandle<Vec<String>>) -> Vec<String> {
    if let Ok(Ok(tail)) = timeout(STDERR_CLOSES_WITHIN, &mut stderr).await {
        return tail;
    }
    stderr.abort();
    vec![
        "(its standard error stayed open and could not be read to the end; see the log)".to_owned(),
    ]
}

pub(super) fn ending_of(status: ExitStatus) -> Ending {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ending::Exited(code),
        (None, Some(signal)) => Ending::Signalled(signal),
        // wait(2) reports one or the other; a status that is neither is no success.
        (None, None) => Ending::Exited(-1),
    }
}

/// Copies standard error to the log and returns its last lines. A log that cannot be written (full disk) does not stop the
/// reading: the program would block.
async fn keep_stderr(
    mut stderr: ChildStderr,
    mut log: File,
    watcher: Option<LineWatcher>,
) -> Vec<String> {
    let mut tail = Tail {
        watcher,
        ..Tail::default()
    };
    let mut buffer = [0; 8192];
    loop {
        match stderr.read(&mut buffer).await {
            Ok(0) | Err(_) => return tail.into_lines(),
            Ok(read) => {
                let bytes = &buffer[..read];
                let _lost_on_a_full_disk = log.write_all(bytes);
                tail.push(bytes);
            }
        }
    }
}

/// The last lines of a stream of bytes.
#[derive(Default)]
struct Tail {
    lines: VecDeque<String>,
    unfinished: Vec<u8>,
    watcher: Option<LineWatcher>,
}

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.end_line();
            } else if self.unfinished.len() < TAIL_LINE_BYTES {
                self.unfinished.push(byte);
            }
        }
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&self.unfinished)
            .trim_end()
            .to_owned();
        self.unfinished.clear();
        if line.is_empty() {
            return;
        }
        if let Some(watcher) = &mut self.watcher {
            watcher(&line);
        }
        if self.lines.len() == TAIL_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    fn into_lines(mut self) -> Vec<String> {
        self.end_line();
        std::mem::take(&mut self.lines).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_last_lines_whole() {
        let mut tail = Tail::default();
        for number in 0..30 {
            tail.push(format!("line {number}\n\n").as_bytes());
        }
        tail.push(b"no new");
        tail.push(b"line");
        let lines = tail.into_lines();
        assert_eq!(lines.len(), TAIL_LINES);
        assert_eq!(lines.last().unwrap(), "no newline");
        assert_eq!(lines.first().unwrap(), "line 11");
    }

    #[test]
    fn trap_32_debug_shows_no_value_of_the_environment() {
        let program = Program {
            path: "/bin/true".into(),
            args: vec![],
            env: vec![("PGPASSWORD".into(), "s3cret".into())],
        };
        let shown = format!("{program:?}");
        assert!(
            shown.contains("PGPASSWORD") && !shown.contains("s3cret"),
            "{shown}"
        );
    }
}
