//! The private cluster: making it, starting and stopping it.

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

/// How long the server may take to start or stop, in seconds: recovery after a crash can take a while.
pub(super) const TIMEOUT: &str = "300";

/// `pg_ctl status` ends so when no server runs (its manual page).
const NOT_RUNNING: i32 = 3;

/// What is in the directory.
#[derive(Debug)]
pub(super) enum State {
    /// No cluster.
    Absent,
    /// `initdb` did not come to its end.
    HalfMade,
    /// A cluster.
    Complete {
        /// The major version it was made with, as its file `PG_VERSION` has it.
        major: PgMajor,
        /// Whose it is.
        owner: User,
    },
}

impl State {
    /// Looks at the directory. What is no cluster of ours is an error: nothing is made beside or over foreign files.
    pub(super) fn of(layout: &Layout) -> Result<Self, ProgramError> {
        let data = layout.data();
        let unreadable =
            |error: io::Error| failure(format!("could not look at {}: {error}", data.display()));
        match fs::symlink_metadata(&data) {
            Ok(metadata) => {
                let major = fs::read_to_string(data.join("PG_VERSION"));
                let has_control_file = data.join("global/pg_control").exists();
                // Without the right to look into the directory of mode 0700 nothing can be said about it.
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
                "{} is missing, and clusters of an upgrade between major versions are there: it was ended before its last step",
                layout.data().display()
            ))
            .with_hint(
                "repeat --upgrade-major if there is data.ready; else rename the data.pg… that is to be used to data",
            ));
        }
        if layout.unfinished_data().exists() {
            return Ok(Self::HalfMade);
        }
        // A setup's lock is the first file in a directory that it makes something in.
        let entry = fs::read_dir(layout.dir())
            .ok()
            .and_then(|mut entries| entries.next());
        match entry {
            Some(Ok(entry)) if !layout.lock().exists() => Err(foreign(&entry.path().display())),
            _ => Ok(Self::Absent),
        }
    }

    /// The owner of the cluster that is there.
    pub(super) fn owner(&self) -> Option<&User> {
        match self {
            Self::Complete { owner, .. } => Some(owner),
            Self::Absent | Self::HalfMade => None,
        }
    }
}

fn foreign(what: &dyn std::fmt::Display) -> ProgramError {
    failure(format!(
        "{what} was not made by this program, and is no whole cluster"
    ))
    .with_hint("move it away, or choose another directory")
}

fn user_of(uid: u32) -> Result<User, ProgramError> {
    match PasswdEntry::from_uid(Uid::from_raw(uid)) {
        Ok(Some(entry)) => Ok(entry.into()),
        Ok(None) => Err(failure(format!(
            "the cluster belongs to the user with ID {uid}, who does not exist"
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

    /// The release in words.
    pub(super) fn describe(&self) -> String {
        format!(
            "PostgreSQL {}, as user {}",
            self.binaries.release(),
            self.owner.name
        )
    }

    /// Who runs the server.
    pub(super) fn owner(&self) -> &User {
        &self.owner
    }

    /// The release of the programs.
    pub(super) fn release(&self) -> PgRelease {
        self.binaries.release()
    }

    /// Where the programs are.
    pub(super) fn program_dir(&self) -> &Path {
        self.binaries.dir()
    }

    /// The port of the socket's name.
    pub(super) fn port(&self) -> Result<u16, ProgramError> {
        rules::port(&self.layout, None)
    }

    /// Makes the cluster, unless it is there. It gets its name only when it is whole.
    pub(super) fn init(&self, state: &State) -> Result<(), ProgramError> {
        let unfinished = self.layout.unfinished_data();
        if matches!(state, State::Complete { .. }) {
            return Ok(());
        }
        // initdb inherits this one: after a killed setup its initdb may still be at work.
        let lock = super::only_one(&self.layout.init_lock())?;
        lock.inherit_to_children()
            .map_err(|error| failure(error.to_string()))?;
        match state {
            State::HalfMade => {
                say(&format!(
                    "{} is half made; it is made anew",
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
        let failed =
            |error: io::Error| failure(format!("could not make {}: {error}", unfinished.display()));
        fs::rename(&unfinished, self.layout.data()).map_err(failed)?;
        sync_directory(&self.layout).map_err(failed)?;
        say(&format!("a cluster was made: {}", self.describe()));
        Ok(())
    }

    /// Makes a cluster in a directory that is not there.
    pub(super) fn make(&self, data: &Path) -> Result<(), ProgramError> {
        let failed =
            |error: io::Error| failure(format!("could not make {}: {error}", data.display()));
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

    /// Starts the server if it does not run.
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
            failure(format!("{}; the server said: {tail}", error.message))
        })?;
        say("the server was started");
        Ok(())
    }

    /// Starts the server, or lets it read its rules again.
    pub(super) fn start_or_reload(&self) -> Result<(), ProgramError> {
        if self.pid()?.is_none() {
            return self.start();
        }
        succeed(self.pg_ctl("reload").arg("--silent"), "pg_ctl reload").map(drop)
    }

    /// Stops the server if it runs.
    pub(super) fn stop(&self) -> Result<(), ProgramError> {
        if self.pid()?.is_none() {
            say("the server does not run");
            return Ok(());
        }
        let mut command = self.pg_ctl("stop");
        command.args(["--silent", "--mode", "fast", "--timeout", TIMEOUT]);
        succeed(&mut command, "pg_ctl stop")?;
        say("the server was stopped");
        Ok(())
    }

    /// The server's process, if it runs.
    pub(super) fn pid(&self) -> Result<Option<u32>, ProgramError> {
        let said = output(&mut self.pg_ctl("status"), "pg_ctl status")?;
        match said.status.code() {
            Some(0) => {}
            Some(NOT_RUNNING) => return Ok(None),
            _ => return Err(complaint("pg_ctl status", &said)),
        }
        let pid = written_pid(&self.layout)?;
        // To pg_ctl and to a server that is to be started a process that has ended and was not waited for is one that runs.
        let stat = pid.and_then(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok());
        if let (Some(pid), Some(parent)) = (pid, stat.as_deref().and_then(parent_of_zombie)) {
            return Err(failure(format!(
                "the server has ended, but its process {pid} is still there as a zombie, and PostgreSQL starts no other \
                 while it is: its parent, process {parent}, does not wait for it. End or restart that one, and try again"
            )));
        }
        Ok(pid)
    }

    /// `pg_ctl` with the directory of the settings, which name the data's.
    fn pg_ctl(&self, action: &str) -> Command {
        let mut command = self.command("pg_ctl");
        command.arg(action).arg("--pgdata").arg(self.layout.etc());
        command
    }

    /// A program run as the owner, with an environment of its own: `PGDATA`, `PGPORT` and the like are meant for other
    /// servers. It starts in the root directory, since the owner may not be allowed where the caller is.
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
            // The standard library drops root's supplementary groups along with the user.
            command.uid(self.owner.owner.uid).gid(self.owner.owner.gid);
        }
        command
    }
}

/// The process that the server's file names. The first line of postmaster.pid is the process (PostgreSQL documentation, "Database
/// File Layout").
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

/// The server's process, if it runs, where no program of its release is left that could be asked.
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

/// The parent of a process that has ended and that nobody has waited for, from its line in `/proc/PID/stat` (proc(5)): the
/// name, in parentheses, may have any character.
fn parent_of_zombie(stat: &str) -> Option<u32> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? != "Z" {
        return None;
    }
    fields.next()?.parse().ok()
}

/// The end of what a program said, on one line.
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
