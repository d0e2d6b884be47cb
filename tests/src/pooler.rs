//! A real connection pooler (Debian's pgbouncer) in front of a test's server.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::postgres::Cluster;
use crate::wait::until;

/// Where Debian puts it.
const PROGRAM: &str = "/usr/sbin/pgbouncer";
/// Its socket's number; it listens in a directory of its own.
const PORT: u16 = 6432;
const DEADLINE: Duration = Duration::from_secs(30);

/// A running pooler. Everybody is let in, and is `postgres` on the server.
#[derive(Debug)]
pub struct Pooler {
    child: Child,
    directory: TempDir,
}

impl Pooler {
    /// Starts one; `settings` are lines of its configuration, such as `pool_mode = transaction`.
    pub fn start(cluster: &Cluster, settings: &str) -> Self {
        let directory = tempfile::tempdir_in("/var/tmp").unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let text = format!(
            "[databases]\n* = host={} port={} user=postgres\n[pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {}\n\
             auth_type = any\n{}{settings}\n",
            cluster.socket_dir().display(),
            cluster.port(),
            directory.path().display(),
            // It does not run as root.
            if nix::unistd::geteuid().is_root() {
                "user = nobody\n"
            } else {
                ""
            },
        );
        let file = directory.path().join("pgbouncer.ini");
        fs::write(&file, text).unwrap();
        let said = fs::File::create(directory.path().join("said")).unwrap();
        let child = Command::new(PROGRAM)
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("cannot start {PROGRAM}: {error}; `cargo xtask test` installs the package pgbouncer")
            });
        let pooler = Self { child, directory };
        let socket = pooler.directory.path().join(format!(".s.PGSQL.{PORT}"));
        // The file is there before the pooler listens at it.
        until(DEADLINE, "the pooler answers at its socket", || {
            UnixStream::connect(&socket).ok()
        });
        pooler
    }

    /// The directory of its socket.
    pub fn socket_dir(&self) -> &Path {
        self.directory.path()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        PORT
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        let said: PathBuf = self.directory.path().join("said");
        fs::read_to_string(said).unwrap_or_default()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
