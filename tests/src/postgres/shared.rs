//! The servers that a whole run of tests shares.
//!
//! With nextest each test is a process. `cargo xtask test` therefore starts the shared servers once, by running
//! `pgbackman-test-cluster serve`, and names them in `PGBACKMAN_TEST_SHARED_<major>` as `<socket directory>:<port>`.
//! A test process that finds no such variable starts one for itself.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::OnceLock;

use super::{Cluster, Version};

/// The two roles of a catalogue. They exist in every shared server, since roles belong to a server, not to a database.
pub const SHARED_ROLES: [&str; 2] = ["pgbackman_role_rw", "pgbackman_role_ro"];

/// The shared server of this release.
pub(super) fn cluster(version: Version) -> &'static Cluster {
    static INSTALLED: OnceLock<Cluster> = OnceLock::new();
    static V16: OnceLock<Cluster> = OnceLock::new();
    static V17: OnceLock<Cluster> = OnceLock::new();
    static V18: OnceLock<Cluster> = OnceLock::new();
    let slot = match version {
        Version::Installed => &INSTALLED,
        Version::V16 => &V16,
        Version::V17 => &V17,
        Version::V18 => &V18,
        Version::Server(major) => panic!("servers of {major} are private ones"),
    };
    slot.get_or_init(|| named(version).unwrap_or_else(|| fresh(version)))
}

/// The server that the environment names.
fn named(version: Version) -> Option<Cluster> {
    let variable = variable(version);
    let value = std::env::var(&variable).ok()?;
    let (dir, port) = value
        .rsplit_once(':')
        .unwrap_or_else(|| panic!("{variable} is not <directory>:<port>: {value}"));
    let port = port
        .parse()
        .unwrap_or_else(|_| panic!("{variable} has no port: {value}"));
    Some(Cluster::attached(version, PathBuf::from(dir), port))
}

fn variable(version: Version) -> String {
    format!("PGBACKMAN_TEST_SHARED_{}", version.major())
}

/// A new server with the shared roles. In a test process it lives in a static and is never dropped: its watchdog ends
/// it when the process ends.
fn fresh(version: Version) -> Cluster {
    let cluster = Cluster::private(version);
    for role in SHARED_ROLES {
        cluster.psql("postgres", &format!("CREATE ROLE {role} LOGIN"));
    }
    cluster
}

/// `pgbackman-test-cluster serve`: starts a shared server of each release, writes the variables that name them as
/// `NAME=value` lines and then `ready`, and keeps them until standard input ends.
pub fn serve() {
    let clusters = Version::ALL.map(fresh);
    let mut out = std::io::stdout().lock();
    for cluster in &clusters {
        writeln!(
            out,
            "{}={}:{}",
            variable(cluster.version()),
            cluster.socket_dir().display(),
            cluster.port()
        )
        .unwrap();
    }
    writeln!(out, "ready").unwrap();
    out.flush().unwrap();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
