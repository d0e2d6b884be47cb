//! A server of the private cluster, or of one that is to take its place, which nobody but the cluster's owner reaches.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pgbackman_core::error::ProgramError;

use super::SUPERUSER;
use super::cluster::{Cluster, TIMEOUT, complaint, last_lines, succeed};
use crate::setup::failure;

/// Which cluster is started for its owner alone.
#[derive(Debug)]
pub(super) enum Apart {
    /// The one that is there, with its settings.
    Present,
    /// A new one in this directory, with what initdb has set.
    New(PathBuf),
}

impl Cluster {
    /// Starts a server that nobody but the owner reaches, by a socket in a directory of its own.
    pub(super) fn start_apart(&self, which: &Apart) -> Result<(), ProgramError> {
        let apart = self.layout.apart();
        let mut options = format!(
            "-c unix_socket_directories={} -c port={} -c listen_addresses= -c logging_collector=off",
            apart.display(),
            self.port()?
        );
        let data = match which {
            Apart::Present => self.layout.etc(),
            Apart::New(data) => {
                let _ = write!(
                    options,
                    " -c hba_file={} -c ident_file={}",
                    self.layout.rules().display(),
                    self.layout.identities().display()
                );
                data.clone()
            }
        };
        let log = apart.join("server.log");
        let mut command = self.command("pg_ctl");
        command
            .args(["start", "--silent", "--timeout", TIMEOUT, "--pgdata"])
            .arg(data)
            .arg("--log")
            .arg(&log)
            .args(["--options", &options]);
        succeed(&mut command, "pg_ctl start").map_err(|error| {
            let tail = last_lines(&fs::read_to_string(&log).unwrap_or_default());
            failure(format!("{}; the server said: {tail}", error.message))
        })
    }

    /// Stops the server of a data directory, if one runs there.
    pub(super) fn stop_apart(&self, data: &Path) -> Result<(), ProgramError> {
        if !data.join("postmaster.pid").exists() {
            return Ok(());
        }
        let mut command = self.command("pg_ctl");
        command
            .args([
                "stop",
                "--silent",
                "--mode",
                "fast",
                "--timeout",
                TIMEOUT,
                "--pgdata",
            ])
            .arg(data);
        succeed(&mut command, "pg_ctl stop").map(drop)
    }

    /// Stops the server of the cluster itself, and says nothing of it.
    pub(super) fn stop_quietly(&self) -> Result<(), ProgramError> {
        self.stop_apart(&self.layout.data())
    }

    /// Dumps everything of the server that runs apart into a file of the caller's: the owner opens none of it.
    pub(super) fn dump_all(&self, file: &Path) -> Result<(), ProgramError> {
        let into = fs::File::create(file)
            .map_err(|error| failure(format!("could not make {}: {error}", file.display())))?;
        let mut command = self.client("pg_dumpall")?;
        command.stdout(into).stderr(Stdio::piped());
        ended(command.spawn(), "pg_dumpall")
    }

    /// Runs a script on the server that runs apart; the first error ends it.
    pub(super) fn run_script(&self, file: &Path) -> Result<(), ProgramError> {
        let mut command = self.client("psql")?;
        let from = fs::File::open(file)
            .map_err(|error| failure(format!("could not open {}: {error}", file.display())))?;
        command
            .args(["--no-psqlrc", "--quiet", "--output", "/dev/null"])
            .args([
                "--set",
                "ON_ERROR_STOP=1",
                "--dbname",
                "postgres",
                "--file",
                "-",
            ])
            .stdin(from)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        ended(command.spawn(), "psql")
    }

    /// A client program that reaches the server that runs apart, and no other.
    fn client(&self, name: &str) -> Result<Command, ProgramError> {
        let mut command = self.command(name);
        command
            .args(["--no-password", "--username", SUPERUSER, "--port"])
            .arg(self.port()?.to_string())
            .arg("--host")
            .arg(self.layout.apart())
            // What a library or an option of the owner's would add is not wanted.
            .env("PGCLIENTENCODING", "UTF8");
        Ok(command)
    }
}

/// Waits for a client program, whose complaints are read meanwhile.
fn ended(started: io::Result<Child>, what: &str) -> Result<(), ProgramError> {
    let said = started
        .and_then(Child::wait_with_output)
        .map_err(|error| failure(format!("could not run {what}: {error}")))?;
    if said.status.success() {
        return Ok(());
    }
    Err(complaint(what, &said))
}
