//! The PostgreSQL node of an installation: a cluster of its own, reached as a node usually is, over TCP with a password.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Account, Layout};
use crate::process::{output, run};
use crate::task::{Context, Result, TaskError};

/// The host under which the node is registered.
pub(crate) const HOST: &str = "127.0.0.1";
/// Its superuser.
pub(crate) const SUPERUSER: &str = "postgres";

/// A running node.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    layout: &'a Layout,
    account: &'a Account,
    bin: PathBuf,
    port: u16,
}

impl<'a> Node<'a> {
    /// Makes the cluster and starts it, on a free port.
    ///
    /// # Errors
    ///
    /// When PostgreSQL's programs fail.
    pub(crate) fn create(layout: &'a Layout, account: &'a Account, bin: &Path) -> Result<Self> {
        let node = Self {
            layout,
            account,
            bin: bin.to_owned(),
            port: free_port()?,
        };
        super::layout::make(&node.socket_directory(), 0o755, Some(account))?;
        let password = random_password()?;
        node.write_for_jobs("tmp/password", &password)?;
        run(node
            .program("initdb")
            .args(["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--auth-local=peer", "--auth-host=scram-sha-256"])
            .args(["--username", SUPERUSER, "--pgdata"])
            .arg(node.data())
            .arg("--pwfile")
            .arg(layout.at("tmp/password"))
            .stdout(std::process::Stdio::null()))?;
        fs::remove_file(layout.at("tmp/password"))
            .context(|| "could not remove the password's file".into())?;
        node.configure()?;
        let entry = format!("{HOST}:{}:*:{SUPERUSER}:{password}\n", node.port);
        node.write_for_jobs("home/.pgpass", &entry)?;
        node.start()?;
        Ok(node)
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where the cluster's files are.
    pub(crate) fn data(&self) -> PathBuf {
        self.layout.at("node/data")
    }

    fn socket_directory(&self) -> PathBuf {
        self.layout.at("node")
    }

    /// A PostgreSQL program, run as the node's user, with the password file of the jobs.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = self.account.command(self.bin.join(name));
        command
            .env("HOME", self.layout.home())
            .env("PGPASSFILE", self.layout.password_file())
            .current_dir(self.layout.dir());
        command
    }

    /// A client program that connects to the node as its superuser, over TCP like the backups. The password is found in
    /// the password file; there is no terminal to ask for it.
    pub(crate) fn client(&self, name: &str) -> Command {
        let mut command = self.program(name);
        command
            .args(["--host", HOST, "--port", &self.port.to_string()])
            .args(["--username", SUPERUSER]);
        command
    }

    /// Runs SQL in a database and gives what it answers, unaligned.
    ///
    /// # Errors
    ///
    /// When a statement fails.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> Result<String> {
        output(
            self.client("psql")
                .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
                .args(["--set", "ON_ERROR_STOP=1", "--dbname", database])
                .args(["--command", sql]),
        )
    }

    /// Runs a file of SQL in a database.
    ///
    /// # Errors
    ///
    /// When a statement fails.
    pub(crate) fn sql_file(&self, database: &str, file: &Path) -> Result<()> {
        output(
            self.client("psql")
                .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"])
                .args(["--dbname", database, "--file"])
                .arg(file),
        )
        .map(drop)
    }

    /// Puts a file into the installation that the job user, and nobody else, can read.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn write_for_jobs(&self, name: &str, content: &str) -> Result<()> {
        let path = self.layout.at(name);
        fs::write(&path, content)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o600)))
            .and_then(|()| chown(&path, Some(self.account.uid), Some(self.account.gid)))
            .context(|| format!("could not write {}", path.display()))
    }

    /// Settings of a small server that nobody else should reach.
    fn configure(&self) -> Result<()> {
        let path = self.data().join("postgresql.conf");
        let given =
            fs::read_to_string(&path).context(|| format!("could not read {}", path.display()))?;
        let ours = format!(
            "listen_addresses = '{HOST}'\nport = {}\nunix_socket_directories = '{}'\nfsync = off\n\
             max_connections = 40\nlogging_collector = off\n",
            self.port,
            self.socket_directory().display()
        );
        fs::write(&path, given + &ours).context(|| format!("could not write {}", path.display()))
    }

    fn start(&self) -> Result<()> {
        output(
            self.program("pg_ctl")
                .args(["start", "--wait", "--silent", "--pgdata"])
                .arg(self.data())
                .arg("--log")
                .arg(self.layout.log().join("node.log")),
        )
        .map(drop)
        .map_err(|error| {
            let log = fs::read_to_string(self.layout.log().join("node.log")).unwrap_or_default();
            TaskError::new(format!("{error}\n{log}"))
        })
    }
}

/// A port that nobody uses at this moment.
fn free_port() -> Result<u16> {
    TcpListener::bind((HOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .context(|| "could not find a free port".into())
}

/// A password of random letters, from the system's source.
fn random_password() -> Result<String> {
    use std::io::Read;
    let mut bytes = [0_u8; 24];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context(|| "could not read /dev/urandom".into())?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(b'a' + byte % 26))
        .collect())
}
