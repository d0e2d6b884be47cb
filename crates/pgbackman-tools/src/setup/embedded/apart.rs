//! A server of the private cluster, or of its successor, to which only the owner of the cluster can connect.

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
    /// The existing cluster, with its settings.
    Present,
    /// A new cluster in this directory, with the settings of initdb.
    New(PathBuf),
}

impl Cluster {
    /// Starts a server to which only the owner can connect, through a socket in its own directory.
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
            failure(format!("{}; the server logged: {tail}", error.message))
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

    /// Stops the server of the cluster itself, without a message.
    pub(super) fn stop_quietly(&self) -> Result<(), ProgramError> {
        self.stop_apart(&self.layout.data())
    }

    /// Dumps everything on this server into a file of the caller, which the owner does not open.
    pub(super) fn dump_all(&self, file: &Path) -> Result<(), ProgramError> {
        let into = fs::File::create(file)
            .map_err(|error| failure(format!("could not create {}: {error}", file.display())))?;
        let mut command = self.client("pg_dumpall")?;
        command.stdout(into).stderr(Stdio::piped());
        ended(command.spawn(), "pg_dumpall")
    }

    /// Runs a script on this server, until the first error.
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

    /// A client program that connects to this server, and to no other.
    fn client(&self, name: &str) -> Result<Command, ProgramError> {
        let mut command = self.command(name);
        command
            .args(["--no-password", "--username", SUPERUSER, "--port"])
            .arg(self.port()?.to_string())
            .arg("--host")
            .arg(self.layout.apart())
            // The owner's libraries and options must have no effect.
            .env("PGCLIENTENCODING", "UTF8");
        Ok(command)
    }
}

/// Waits for a client program, and reads its error output meanwhile.
fn ended(started: io::Result<Child>, what: &str) -> Result<(), ProgramError> {
    let said = started
        .and_then(Child::wait_with_output)
        .map_err(|error| failure(format!("could not run {what}: {error}")))?;
    if said.status.success() {
        return Ok(());
    }
    Err(complaint(what, &said))
}
