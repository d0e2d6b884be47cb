//! The private cluster: creating, starting and stopping it.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use nix::unistd::{Uid, User as PasswdEntry};
use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::error::ProgramError;
use pgbackman_core::sys::privilege::{self, User};

use super::binaries::Binaries;
use super::layout::Layout;
use super::{SUPERUSER, rules};
use crate::setup::{failure, say};

/// Timeout for starting or stopping the server, in seconds: recovery after a crash can take a while.
pub(super) const TIMEOUT: &str = "300";

/// Exit status of `pg_ctl status` if no server runs (its manual page).
const NOT_RUNNING: i32 = 3;

/// The state of the directory.
#[derive(Debug)]
pub(super) enum State {
    /// No cluster.
    Absent,
    /// `initdb` did not complete.
    HalfMade,
    /// A cluster.
    Complete {
        /// The major version with which it was created, from its file `PG_VERSION`.
        major: PgMajor,
        /// Its owner.
        owner: User,
    },
}

impl State {
    /// Inspects the directory. Foreign files are an error: nothing is created beside or over them.
    pub(super) fn of(layout: &Layout) -> Result<Self, ProgramError> {
        let data = layout.data();
        let unreadable =
            |error: io::Error| failure(format!("could not inspect {}: {error}", data.display()));
        match fs::symlink_metadata(&data) {
            Ok(metadata) => {
                let major = fs::read_to_string(data.join("PG_VERSION"));
                let has_control_file = data.join("global/pg_control").exists();
                // Without permission to read the directory of mode 0700, its state is unknown.
                if let Err(error) = &major
                    && error.kind() == io::ErrorKind::PermissionDenied
                {
                    return Err(unreadable(io::Error::from(io::ErrorKind::PermissionDenied)));
                }
                match major.ok().and_then(|major| major.trim().parse().ok()) {
                    Some(major) if has_control_file => Ok(Self::Complete {
                        major,
                        owner: user_of(metadata.uid())?,
                    }),
                    _ => Err(foreign(&data.display())),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::without_data(layout),
            Err(error) => Err(unreadable(error)),
        }
    }

    fn without_data(layout: &Layout) -> Result<Self, ProgramError> {
        if layout.ready_data().exists() || !layout.kept_majors().is_empty() {
            return Err(failure(format!(
                "{} is missing: an upgrade between major versions was interrupted before its last step",
                layout.data().display()
            ))
            .with_hint(
                "repeat --upgrade-major if data.ready exists; otherwise rename the data.pg… to be used to data",
            ));
        }
        if layout.unfinished_data().exists() {
            return Ok(Self::HalfMade);
        }
        // The lock of a setup is the first file that it creates in a directory.
        let entry = fs::read_dir(layout.dir())
            .ok()
            .and_then(|mut entries| entries.next());
        match entry {
            Some(Ok(entry)) if !layout.lock().exists() => Err(foreign(&entry.path().display())),
            _ => Ok(Self::Absent),
        }
    }

    /// The owner of an existing cluster.
    pub(super) fn owner(&self) -> Option<&User> {
        match self {
            Self::Complete { owner, .. } => Some(owner),
            Self::Absent | Self::HalfMade => None,
        }
    }
}

fn foreign(what: &dyn std::fmt::Display) -> ProgramError {
    failure(format!(
        "{what} was not created by this program, or is not a complete cluster"
    ))
    .with_hint("move it elsewhere, or choose another directory")
}

fn user_of(uid: u32) -> Result<User, ProgramError> {
    match PasswdEntry::from_uid(Uid::from_raw(uid)) {
        Ok(Some(entry)) => Ok(entry.into()),
        Ok(None) => Err(failure(format!(
            "the cluster is owned by the user with ID {uid}, who does not exist"
        ))),
        Err(error) => Err(failure(format!(
            "could not look up the user with ID {uid}: {error}"
        ))),
    }
}

/// A cluster in its directory, with the programs and the user that run it.
#[derive(Debug)]
pub(super) struct Cluster {
    pub(super) layout: Layout,
    binaries: Binaries,
    owner: User,
}

impl Cluster {
    pub(super) fn new(layout: &Layout, binaries: Binaries, owner: User) -> Self {
        Self {
            layout: layout.clone(),
            binaries,
            owner,
        }
    }

    /// Release and user, as text.
    pub(super) fn describe(&self) -> String {
        format!(
            "PostgreSQL {}, as user {}",
            self.binaries.release(),
            self.owner.name
        )
    }

    /// The user who runs the server.
    pub(super) fn owner(&self) -> &User {
        &self.owner
    }

    /// The release of the programs.
    pub(super) fn release(&self) -> PgRelease {
        self.binaries.release()
    }

    /// The directory of the programs.
    pub(super) fn program_dir(&self) -> &Path {
        self.binaries.dir()
    }

    /// The port in the name of the socket.
    pub(super) fn port(&self) -> Result<u16, ProgramError> {
        rules::port(&self.layout, None)
    }

    /// Creates the cluster, unless it exists. It gets its name only when it is complete.
    pub(super) fn init(&self, state: &State) -> Result<(), ProgramError> {
        let unfinished = self.layout.unfinished_data();
        if matches!(state, State::Complete { .. }) {
            return Ok(());
        }
        // initdb inherits this lock: after a killed setup, its initdb may still be running.
        let lock = super::only_one(&self.layout.init_lock())?;
        lock.inherit_to_children()
            .map_err(|error| failure(error.to_string()))?;
        match state {
            State::HalfMade => {
                say(&format!(
                    "{} is incomplete; creating it again",
                    unfinished.display()
                ));
                fs::remove_dir_all(&unfinished).map_err(|error| {
                    failure(format!(
                        "could not remove {}: {error}",
                        unfinished.display()
                    ))
                })?;
            }
            State::Absent | State::Complete { .. } => {}
        }
        self.make(&unfinished)?;
        let failed = |error: io::Error| {
            failure(format!(
                "could not create {}: {error}",
                unfinished.display()
            ))
        };
        fs::rename(&unfinished, self.layout.data()).map_err(failed)?;
        sync_directory(&self.layout).map_err(failed)?;
        say(&format!("a cluster was created: {}", self.describe()));
        Ok(())
    }

    /// Creates a cluster in a directory that does not exist.
    pub(super) fn make(&self, data: &Path) -> Result<(), ProgramError> {
        let failed =
            |error: io::Error| failure(format!("could not create {}: {error}", data.display()));
        fs::create_dir(data).map_err(failed)?;
        fs::set_permissions(data, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        chown(data, Some(self.owner.owner.uid), Some(self.owner.owner.gid)).map_err(failed)?;
        let mut command = self.command("initdb");
        command
            .arg("--pgdata")
            .arg(data)
            .args([
                "--username",
                SUPERUSER,
                "--encoding",
                "UTF8",
                "--locale",
                "C.UTF-8",
            ])
            .args([
                "--data-checksums",
                "--auth-local",
                "peer",
                "--auth-host",
                "reject",
            ]);
        succeed(&mut command, "initdb").map(drop)
    }

    /// Starts the server if it is not running.
    pub(super) fn start(&self) -> Result<(), ProgramError> {
        if self.pid()?.is_some() {
            return Ok(());
        }
        let log = self.layout.data().join("startup.log");
        let mut command = self.pg_ctl("start");
        command
            .args(["--silent", "--timeout", TIMEOUT, "--log"])
            .arg(&log);
        succeed(&mut command, "pg_ctl start").map_err(|error| {
            let tail = last_lines(&fs::read_to_string(&log).unwrap_or_default());
            failure(format!("{}; the server logged: {tail}", error.message))
        })?;
        say("the server was started");
        Ok(())
    }

    /// Starts the server, or makes it reload its rules.
    pub(super) fn start_or_reload(&self) -> Result<(), ProgramError> {
        if self.pid()?.is_none() {
            return self.start();
        }
        succeed(self.pg_ctl("reload").arg("--silent"), "pg_ctl reload").map(drop)
    }

    /// Stops the server if it is running.
    pub(super) fn stop(&self) -> Result<(), ProgramError> {
        if self.pid()?.is_none() {
            say("the server is not running");
            return Ok(());
        }
        let mut command = self.pg_ctl("stop");
        command.args(["--silent", "--mode", "fast", "--timeout", TIMEOUT]);
        succeed(&mut command, "pg_ctl stop")?;
        say("the server was stopped");
        Ok(())
    }

    /// The process of the server, if it is running.
    pub(super) fn pid(&self) -> Result<Option<u32>, ProgramError> {
        let said = output(&mut self.pg_ctl("status"), "pg_ctl status")?;
        match said.status.code() {
            Some(0) => {}
            Some(NOT_RUNNING) => return Ok(None),
            _ => return Err(complaint("pg_ctl status", &said)),
        }
        let pid = written_pid(&self.layout)?;
        // To pg_ctl, and to a server that is being started, a zombie process is a running one.
        let stat = pid.and_then(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok());
        if let (Some(pid), Some(parent)) = (pid, stat.as_deref().and_then(parent_of_zombie)) {
            return Err(failure(format!(
                "the server has ended, but its process {pid} still exists as a zombie, so that PostgreSQL cannot start: \
                 its parent, process {parent}, does not wait for it. End or restart the parent, and try again"
            )));
        }
        Ok(pid)
    }

    /// A `pg_ctl` command with the directory of the settings, which name the data directory.
    fn pg_ctl(&self, action: &str) -> Command {
        let mut command = self.command("pg_ctl");
        command.arg(action).arg("--pgdata").arg(self.layout.etc());
        command
    }

    /// A command that runs as the owner, with its own environment: `PGDATA`, `PGPORT` and the like are meant for
    /// other servers. It starts in the root directory, since the owner may not be allowed to enter the caller's.
    pub(super) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.program(name));
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &self.owner.home)
            .env("LC_ALL", "C")
            .current_dir("/")
            .stdin(Stdio::null());
        if privilege::is_root() {
            // The standard library also drops root's supplementary groups.
            command.uid(self.owner.owner.uid).gid(self.owner.owner.gid);
        }
        command
    }
}

/// Returns the process that the server's file names: the first line of postmaster.pid (PostgreSQL documentation,
/// "Database File Layout").
fn written_pid(layout: &Layout) -> Result<Option<u32>, ProgramError> {
    let mut text = String::new();
    let file = fs::File::open(layout.data().join("postmaster.pid"));
    match file.and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(failure(format!(
                "could not read the server's postmaster.pid: {error}"
            )));
        }
    }
    let first = text.lines().next();
    Ok(first.and_then(|line| line.trim().parse().ok()))
}

/// The process of the server, if it is running, for the case that no program of its release is installed any more.
pub(super) fn recorded_pid(layout: &Layout) -> Result<Option<u32>, ProgramError> {
    let pid = written_pid(layout)?;
    Ok(pid.filter(|pid| Path::new(&format!("/proc/{pid}")).is_dir()))
}

fn sync_directory(layout: &Layout) -> io::Result<()> {
    fs::File::open(layout.dir())?.sync_all()
}

fn output(command: &mut Command, what: &str) -> Result<Output, ProgramError> {
    let said = command.output();
    said.map_err(|error| {
        failure(format!(
            "could not run {what} ({}): {error}",
            command.get_program().to_string_lossy()
        ))
    })
}

pub(super) fn succeed(command: &mut Command, what: &str) -> Result<(), ProgramError> {
    let said = output(command, what)?;
    if said.status.success() {
        return Ok(());
    }
    Err(complaint(what, &said))
}

pub(super) fn complaint(what: &str, said: &Output) -> ProgramError {
    let text = format!(
        "{}\n{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
    failure(format!(
        "{what} failed ({}): {}",
        said.status,
        last_lines(&text)
    ))
}

/// The parent of a zombie process, from `/proc/PID/stat` (proc(5)): the name in it may contain any character.
fn parent_of_zombie(stat: &str) -> Option<u32> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? != "Z" {
        return None;
    }
    fields.next()?.parse().ok()
}

/// The end of a program's output, on one line.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let start = lines.len().saturating_sub(5);
    lines[start..].join(" / ")
}

#[cfg(test)]
#[path = "cluster_tests.rs"]
mod tests;
