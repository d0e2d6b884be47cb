//! One running server.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio_postgres::{Client, Config, NoTls};

use super::ask::ask;
use super::template::{as_account, copy_to};
use super::{ClusterOptions, Version};
use crate::base::{Account, TempRoot};
use crate::processes::children_of;
use crate::watchdog::postmaster_of;

/// The superuser of every test cluster.
pub(super) const SUPERUSER: &str = "postgres";
/// Its password, for connections over TCP.
pub(super) const PASSWORD: &str = "harness";
/// The file in the data directory with what the harness sets.
pub(super) const HARNESS_CONF: &str = "harness.conf";

/// How a server is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// Rolls back and disconnects; clients see 57P01.
    Fast,
    /// Without a shutdown checkpoint, as after a crash.
    Immediate,
}

/// A PostgreSQL server of the tests. A private one ends when this is dropped, or when the test is killed.
#[derive(Debug)]
pub struct Cluster {
    version: Version,
    socket_dir: PathBuf,
    port: u16,
    /// `None` for a server that another process started and will end.
    root: Option<TempRoot>,
}

impl Cluster {
    /// The superuser's name.
    pub const SUPERUSER: &'static str = SUPERUSER;
    /// The superuser's password; needed over TCP only.
    pub const PASSWORD: &'static str = PASSWORD;

    /// A server of this test's own.
    pub fn private(version: Version) -> Self {
        ClusterOptions::new(version).start()
    }

    /// A server of this test's own, with more settings.
    pub fn options(version: Version) -> ClusterOptions {
        ClusterOptions::new(version)
    }

    /// A server that other tests use as well: use a [`Cluster::database`] of your own and roles with names of your own,
    /// and do not stop it.
    pub fn shared(version: Version) -> &'static Self {
        super::shared::cluster(version)
    }

    pub(super) fn with(options: &ClusterOptions) -> Self {
        let root = TempRoot::for_files_of_servers("pg");
        let data = root.path().join("data");
        copy_to(options.version, &data);
        let account = Account::unprivileged();
        for (name, content) in &options.files {
            let path = data.join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            account.own(&path);
        }
        let own_hba = fs::read_to_string(data.join("pg_hba.conf")).unwrap();
        fs::write(
            data.join("pg_hba.conf"),
            format!("{}\n{own_hba}", options.hba.join("\n")),
        )
        .unwrap();
        Self::launch(options.version, root, &options.conf)
    }

    /// Starts the server in `root`/data on a free port. The port may be taken between choosing and using it: then
    /// another is tried.
    pub(super) fn launch(version: Version, root: TempRoot, conf: &[String]) -> Self {
        Account::unprivileged().own(root.path());
        let mut cluster = Self {
            version,
            socket_dir: root.path().to_owned(),
            port: 0,
            root: Some(root),
        };
        for _ in 0..5 {
            cluster.port = free_port();
            cluster.write_conf(conf);
            if cluster.try_start().is_ok() {
                return cluster;
            }
        }
        panic!("PostgreSQL {version} does not start: {}", cluster.log());
    }

    /// A server that somebody else runs.
    pub(super) fn attached(version: Version, socket_dir: PathBuf, port: u16) -> Self {
        Self {
            version,
            socket_dir,
            port,
            root: None,
        }
    }

    /// Nothing is flushed to a disk, but a commit is written out: after an immediate stop it is there.
    fn write_conf(&self, more: &[String]) {
        let conf = format!(
            "port = {}\nunix_socket_directories = '{}'\nlisten_addresses = '127.0.0.1'\nfsync = off\n\
             full_page_writes = off\nshared_buffers = 32MB\nmax_connections = 200\n\
             log_line_prefix = '%m [%p] %q%u@%d '\nlogging_collector = off\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n\
             max_wal_size = 256MB\n{}\n",
            self.port,
            self.socket_dir.display(),
            more.join("\n"),
        );
        let path = self.data_dir().join(HARNESS_CONF);
        fs::write(&path, conf).unwrap();
        Account::unprivileged().own(&path);
    }

    /// The release.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The directory of the Unix socket: what libpq takes as `host`.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The port, of the socket and of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The data directory of a private cluster.
    pub fn data_dir(&self) -> PathBuf {
        self.root
            .as_ref()
            .expect("a shared cluster's files are not the test's")
            .path()
            .join("data")
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.socket_dir.join("server.log")
    }

    /// Starts a stopped server again, on the same port.
    pub fn start(&self) {
        if let Err(said) = self.try_start() {
            panic!(
                "PostgreSQL {} does not start: {said}\n{}",
                self.version,
                self.log()
            );
        }
    }

    /// Starts the server anew; its messages are in this language (`de`), as on a machine that was installed in it.
    pub fn restart_speaking(&self, language: &str) {
        self.psql("template1", "ALTER SYSTEM SET lc_messages = 'C.UTF-8'");
        self.stop(StopMode::Fast);
        self.start_with(&[("LANGUAGE", language)]).unwrap();
    }

    fn try_start(&self) -> Result<(), String> {
        self.start_with(&[])
    }

    fn start_with(&self, environment: &[(&str, &str)]) -> Result<(), String> {
        let said = as_account(Account::unprivileged(), self.version, "pg_ctl")
            .envs(environment.iter().copied())
            .args(["start", "--wait", "--timeout=60", "--silent", "--pgdata"])
            .arg(self.data_dir())
            .arg("--log")
            .arg(self.log_file())
            .output()
            .unwrap();
        if said.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&said.stderr).into_owned())
        }
    }

    /// Ends the server; [`Cluster::start`] brings it back.
    pub fn stop(&self, mode: StopMode) {
        let mode = match mode {
            StopMode::Fast => "fast",
            StopMode::Immediate => "immediate",
        };
        let said = as_account(Account::unprivileged(), self.version, "pg_ctl")
            .args([
                "stop",
                "--wait",
                "--timeout=60",
                "--silent",
                "--mode",
                mode,
                "--pgdata",
            ])
            .arg(self.data_dir())
            .output()
            .unwrap();
        assert!(
            said.status.success(),
            "the server does not stop: {}",
            String::from_utf8_lossy(&said.stderr)
        );
    }

    /// Makes every process of the server stand still: connections open, but nothing answers. [`Cluster::resume`] undoes
    /// it.
    pub fn hang(&self) {
        self.signal_all(Signal::SIGSTOP);
    }

    /// Lets a hanging server go on.
    pub fn resume(&self) {
        self.signal_all(Signal::SIGCONT);
    }

    fn signal_all(&self, signal: Signal) {
        let postmaster = self.postmaster();
        // The parent first, so that no child is born unseen.
        kill(postmaster, signal).unwrap();
        for child in children_of(postmaster) {
            let _ = kill(child, signal);
        }
    }

    /// The postmaster's process ID.
    pub fn postmaster(&self) -> Pid {
        postmaster_of(&self.data_dir()).expect("the server runs")
    }

    /// A client program of this release (`psql`, `pg_dump`, …) with `PGHOST`, `PGPORT` and `PGUSER` set for this server
    /// and nothing inherited.
    pub fn command(&self, program: &str) -> Command {
        self.command_of(self.version, program)
    }

    /// The same with another release's client.
    pub fn command_of(&self, clients: Version, program: &str) -> Command {
        let mut command = Command::new(clients.client_bin_dir().join(program));
        for name in crate::base::libpq_variables() {
            command.env_remove(name);
        }
        command
            .env("PGHOST", &self.socket_dir)
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", SUPERUSER)
            .env("LC_ALL", "C.UTF-8")
            .stdin(std::process::Stdio::null());
        command
    }

    /// Runs SQL as the superuser and gives its rows as `psql -At -c` shows them, or fails the test with the server's message.
    /// Nothing of the session is left when this returns.
    #[track_caller]
    pub fn psql(&self, dbname: &str, sql: &str) -> String {
        self.ask(dbname, sql)
            .unwrap_or_else(|reason| panic!("{dbname}: {reason}\n{sql}"))
            .trim_end()
            .to_owned()
    }

    /// [`Cluster::psql`] where it may fail.
    pub(super) fn ask(&self, dbname: &str, sql: &str) -> Result<String, String> {
        let socket = self.socket_dir.join(format!(".s.PGSQL.{}", self.port));
        ask(&socket, SUPERUSER, dbname, sql)
    }

    /// Runs a script through `psql`'s standard input, which may contain backslash commands and several statements, each
    /// in its own transaction.
    pub fn psql_script(&self, dbname: &str, script: &str) -> String {
        use std::io::Write as _;
        let mut child = self
            .command("psql")
            .env("PGDATABASE", dbname)
            .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let script = script.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
        let said = child.wait_with_output().unwrap();
        let _ = writer.join().unwrap();
        assert!(
            said.status.success(),
            "psql: {}",
            String::from_utf8_lossy(&said.stderr)
        );
        String::from_utf8(said.stdout).unwrap()
    }

    /// A connection through the socket as the superuser.
    pub async fn connect(&self, dbname: &str) -> Client {
        self.connect_as(dbname, SUPERUSER).await
    }

    /// A connection through the socket as `user`; the task that serves it ends with the client.
    pub async fn connect_as(&self, dbname: &str, user: &str) -> Client {
        let (client, connection) = Config::new()
            .host_path(&self.socket_dir)
            .port(self.port)
            .user(user)
            .dbname(dbname)
            .application_name("pgbackman-tests")
            .connect(NoTls)
            .await
            .unwrap_or_else(|error| panic!("cannot connect to {dbname} as {user}: {error:?}"));
        tokio::spawn(connection);
        client
    }
}

/// A TCP port that nobody listens on at this moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
