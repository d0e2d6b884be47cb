//! A machine for the packages' life: a bare Debian in a directory, run by `systemd-nspawn` with processes, mounts, a name and
//! a network of its own, booted with systemd or without any init system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::debian::root::nspawn;
use crate::process::{finished, output, succeeds};
use crate::task::{Context, Result, TaskError};

/// The machine's name; its backup server is called so.
pub(super) const NAME: &str = "pg-backup01.example.net";

/// How long a machine may take to boot, on a busy computer.
const BOOT: Duration = Duration::from_secs(180);
/// How long it may take to end.
const END: Duration = Duration::from_secs(60);
/// How often something that is waited for is checked.
const PAUSE: Duration = Duration::from_millis(500);

/// What the first process of a machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Init {
    /// systemd.
    Systemd,
    /// Nothing that starts services.
    Nothing,
}

/// What a machine reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// Nothing but itself.
    Own,
    /// What this machine reaches.
    OfThisMachine,
}

/// A running machine. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Machine {
    nspawn: Child,
    leader: u32,
}

impl Machine {
    /// Starts the machine in a directory, and waits until it is up.
    ///
    /// # Errors
    ///
    /// When it does not come up in time: with what it said.
    pub(super) fn start(root: &Path, init: Init, console: &Path) -> Result<Self> {
        Self::start_with(root, init, console, Network::Own, &[])
    }

    /// The same, with another network, and options of `systemd-nspawn`.
    ///
    /// # Errors
    ///
    /// When it does not come up in time: with what it said.
    pub(super) fn start_with(
        root: &Path,
        init: Init,
        console: &Path,
        network: Network,
        options: &[String],
    ) -> Result<Self> {
        let log = fs::File::create(console)
            .context(|| format!("could not create {}", console.display()))?;
        let copy = log
            .try_clone()
            .context(|| "could not copy a file handle".into())?;
        let mut command = nspawn(root);
        command.arg(format!("--hostname={NAME}")).args(options);
        if network == Network::Own {
            command.arg("--private-network");
        }
        match init {
            Init::Systemd => command.arg("--boot"),
            Init::Nothing => command.args(["--as-pid2", "sleep", "infinity"]),
        };
        let nspawn = command
            .stdin(Stdio::null())
            .stdout(Stdio::from(log))
            .stderr(Stdio::from(copy))
            .spawn()
            .context(|| "could not start systemd-nspawn".into())?;
        let mut machine = Self { nspawn, leader: 0 };
        machine
            .wait(BOOT, "the machine to start", |machine| {
                machine.leader = first_child(machine.nspawn.id())?;
                let up = match init {
                    Init::Systemd => {
                        output(machine.command("systemctl").arg("is-system-running"))
                            .is_ok_and(|said| said.trim() == "running")
                            || succeeds(machine.command("systemctl").args([
                                "is-active",
                                "--quiet",
                                "multi-user.target",
                            ]))
                    }
                    Init::Nothing => succeeds(&mut machine.command("true")),
                };
                up.then_some(())
            })
            .map_err(|error| {
                let said = fs::read_to_string(console).unwrap_or_default();
                TaskError::new(format!("{error}\n{said}"))
            })?;
        Ok(machine)
    }

    /// A command that runs in the machine as root, with nothing of this process's environment.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.leader))
            .args(["--mount", "--uts", "--ipc", "--net", "--pid", "--"])
            .args(["env", "--ignore-environment", "--chdir=/"])
            .args([
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root",
                "LANG=C.UTF-8",
                "DEBIAN_FRONTEND=noninteractive",
            ])
            .arg(program);
        command
    }

    /// Runs something in the machine, and gives all it says.
    ///
    /// # Errors
    ///
    /// When it does not exit with 0: with all it said.
    pub(super) fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let (code, said) = self.code(program, arguments)?;
        if code == Some(0) {
            return Ok(said);
        }
        Err(TaskError::new(format!(
            "in the machine, `{program} {}` exited with {code:?}:\n{said}",
            arguments.join(" ")
        )))
    }

    /// The same, whatever it exits with.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub(super) fn code(&self, program: &str, arguments: &[&str]) -> Result<(Option<i32>, String)> {
        let Output {
            status,
            stdout,
            stderr,
        } = finished(self.command(program).args(arguments))?;
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr)
        );
        Ok((status.code(), said))
    }

    /// The names of its processes, as the kernel has them (15 bytes of each).
    pub(super) fn processes(&self) -> Vec<String> {
        let namespace = fs::read_link(format!("/proc/{}/ns/pid", self.leader)).ok();
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|process| {
                namespace.is_some() && fs::read_link(process.join("ns/pid")).ok() == namespace
            })
            .filter_map(|process| fs::read_to_string(process.join("comm")).ok())
            .map(|name| name.trim().to_owned())
            .collect()
    }

    /// Waits until a look gives something.
    ///
    /// # Errors
    ///
    /// When it has given nothing at the deadline, or the machine has ended.
    pub(super) fn wait<T>(
        &mut self,
        limit: Duration,
        what: &str,
        mut look: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<T> {
        let end = Instant::now() + limit;
        loop {
            if let Some(found) = look(self) {
                return Ok(found);
            }
            if let Ok(Some(status)) = self.nspawn.try_wait() {
                return Err(TaskError::new(format!(
                    "waited for {what}, but the machine stopped ({status})"
                )));
            }
            if Instant::now() > end {
                return Err(TaskError::new(format!(
                    "waited {} s for {what}",
                    limit.as_secs()
                )));
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Its first process takes everything in it along. Before that is known it is 0, which for kill means this process and all
        // its relatives.
        if self.leader != 0 {
            let _ = succeeds(Command::new("kill").args(["-KILL", &self.leader.to_string()]));
        } else {
            let _ = self.nspawn.kill();
        }
        let end = Instant::now() + END;
        while Instant::now() < end {
            if matches!(self.nspawn.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(PAUSE);
        }
        let _ = self.nspawn.kill();
        let _ = self.nspawn.wait();
    }
}

/// The first process of the machine: the only child of `systemd-nspawn` that is in another process namespace.
fn first_child(nspawn: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{nspawn}/task/{nspawn}/children")).ok()?;
    let own = fs::read_link(format!("/proc/{nspawn}/ns/pid")).ok()?;
    children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .find(|pid: &u32| {
            fs::read_link(format!("/proc/{pid}/ns/pid")).is_ok_and(|namespace| namespace != own)
        })
}

/// Where a file of the machine is, seen from outside.
pub(super) fn outside(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}
