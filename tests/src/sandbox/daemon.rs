//! A program that keeps running while the test goes on.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::output::{kill_group, pid_of, wait_or_kill};

/// A running program, the leader of its own process group; killed with the group when dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    said: PathBuf,
}

impl Daemon {
    /// Starts `command` with both outputs going to the file `said`.
    pub fn spawn(command: &mut Command, said: &Path) -> Self {
        let file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(said)
            .unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        Self {
            child,
            said: said.to_owned(),
        }
    }

    /// Its process ID.
    pub fn pid(&self) -> Pid {
        pid_of(&self.child)
    }

    /// What it has written to its outputs so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Sends it (not its children) a signal.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Whether it is still there.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end and gives the exit code (128 + signal number when one ended it).
    #[track_caller]
    pub fn wait(&mut self, deadline: Duration) -> i32 {
        let code = wait_or_kill(&mut self.child, deadline);
        code.unwrap_or_else(|| {
            panic!(
                "it did not end within {deadline:?}; it said:\n{}",
                self.said()
            )
        })
    }

    /// Asks it to end (TERM) and waits; gives the exit code.
    #[track_caller]
    pub fn terminate(&mut self, deadline: Duration) -> i32 {
        self.signal(Signal::SIGTERM);
        self.wait(deadline)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        kill_group(&mut self.child);
    }
}
