//! One process group with a guardian for everything a run starts.
#![forbid(unsafe_code)]

use std::io::{self, PipeWriter, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep};

use super::child::{Program, Running, Stdout, Wiring};
use super::error::ProcessError;
use super::guardian;

/// How long killed processes may take to vanish before that is reported: longer only when stuck in the kernel.
const VANISH_WITHIN: Duration = Duration::from_secs(10);
/// How often that is checked.
const VANISH_POLL: Duration = Duration::from_millis(5);

/// A guardian and the group it leads. Dropping it ends every process of the group with SIGKILL; [`ProcessGroup::end`] also
/// waits until they are gone.
#[derive(Debug)]
pub struct ProcessGroup {
    guardian: Child,
    leader: Pid,
    /// The only writing end of the guardian's pipe (close-on-exec): its end is our end.
    lifeline: Option<PipeWriter>,
}

impl ProcessGroup {
    /// Starts the guardian: this very program, once more, with [`guardian::ARGUMENT`]. It inherits what children inherit, so
    /// a lock passed on before is held until the last of the group is gone.
    pub fn start() -> Result<Self, ProcessError> {
        Self::start_with(Path::new("/proc/self/exe"))
    }

    /// As [`ProcessGroup::start`], with the program to start as guardian.
    pub fn start_with(exe: &Path) -> Result<Self, ProcessError> {
        let failed = |source| ProcessError::Guardian {
            exe: exe.to_owned(),
            source,
        };
        // Orphans of the group (a shell's pg_dump) become our children, so that their end can be waited for.
        prctl::set_child_subreaper(true).map_err(|errno| failed(errno.into()))?;
        let (reader, lifeline) = io::pipe().map_err(failed)?;
        let mut guardian = Command::new(exe)
            .arg(guardian::ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(reader)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let leader = Pid::from_raw(guardian.id().cast_signed());
        match ready(&mut guardian) {
            Ok(()) => Ok(Self {
                guardian,
                leader,
                lifeline: Some(lifeline),
            }),
            Err(error) => {
                let _already_gone = guardian.kill();
                let _reaped = guardian.wait();
                Err(failed(error))
            }
        }
    }

    /// The group's ID, which is the guardian's process ID.
    pub fn id(&self) -> i32 {
        self.leader.as_raw()
    }

    /// Starts a program in the group.
    pub fn spawn(
        &self,
        program: &Program,
        stdout: Stdout,
        log: std::fs::File,
    ) -> Result<Running, ProcessError> {
        let wiring = Wiring {
            stdin: None,
            stdout,
            log,
            watcher: None,
        };
        self.spawn_wired(program, wiring)
    }

    /// Starts a program in the group, with these streams.
    pub fn spawn_wired(&self, program: &Program, wiring: Wiring) -> Result<Running, ProcessError> {
        Running::spawn(program, self.leader, wiring)
    }

    /// Asks all of the group to end (SIGTERM; the guardian stays).
    pub fn terminate(&self) {
        let _nobody_left = killpg(self.leader, Signal::SIGTERM);
    }

    /// Ends all of the group at once, the guardian included: nothing can be started in it afterwards.
    pub fn kill(&self) {
        let _nobody_left = killpg(self.leader, Signal::SIGKILL);
    }

    /// Ends whatever is left of the group and waits until every process of it is gone.
    pub async fn end(mut self) -> Result<(), ProcessError> {
        self.release();
        let leader = self.leader;
        let deadline = Instant::now() + VANISH_WITHIN;
        loop {
            match waitpid(Pid::from_raw(-leader.as_raw()), Some(WaitPidFlag::WNOHANG)) {
                Err(Errno::ECHILD) => return Ok(()),
                Ok(WaitStatus::StillAlive) if Instant::now() >= deadline => {
                    return Err(ProcessError::StillAlive {
                        group: leader.as_raw(),
                        seconds: VANISH_WITHIN.as_secs(),
                    });
                }
                Ok(WaitStatus::StillAlive) => sleep(VANISH_POLL).await,
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Closes the pipe and kills the group ourselves as well, so that a guardian somebody else has killed is not missed.
    fn release(&mut self) {
        self.lifeline = None;
        self.kill();
        let _reaped = self.guardian.wait();
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if self.lifeline.is_some() {
            self.release();
        }
    }
}

fn ready(guardian: &mut Child) -> io::Result<()> {
    let mut stdout = guardian
        .stdout
        .take()
        .ok_or_else(|| io::Error::other("it has no standard output"))?;
    let mut byte = [0];
    stdout.read_exact(&mut byte)?;
    if byte[0] == guardian::READY {
        Ok(())
    } else {
        Err(io::Error::other("it is another program"))
    }
}
