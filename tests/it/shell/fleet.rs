//! What the shell's tests start with: a catalogue that knows a backup server and a node, the node being the test's own
//! PostgreSQL server.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;

/// Lets the sandbox's programs log in to every server of the harness over TCP.
pub(crate) fn write_pgpass(sandbox: &Sandbox<'_>) {
    let file = sandbox.home().join(".pgpass");
    fs::write(
        &file,
        format!("*:*:*:{}:{}\n", Cluster::SUPERUSER, Cluster::PASSWORD),
    )
    .unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A catalogue in the shared server with backup server 1 and node 1, which is a server of the test's own.
pub(super) struct Fleet {
    pub(super) sandbox: Sandbox<'static>,
    pub(super) node: Cluster,
}

impl Fleet {
    /// A node without databases of its own.
    pub(super) fn new() -> Self {
        Self::with_databases(&[])
    }

    /// A node with these databases.
    pub(super) fn with_databases(names: &[&str]) -> Self {
        let fleet = Self {
            sandbox: Sandbox::new(),
            node: Cluster::private(Version::Installed),
        };
        write_pgpass(&fleet.sandbox);
        for name in names {
            fleet.create_database(name);
        }
        fleet.shell("register_backup_server backup01 example.net ''");
        fleet.shell(&format!(
            "register_pgsql_node 127.0.0.1 '' {} postgres RUNNING ''",
            fleet.node.port()
        ));
        fleet.control_lives(1);
        fleet
    }

    /// Reports for the control of a backup server that it runs.
    pub(super) fn control_lives(&self, server: i32) {
        self.query(&format!(
            "SELECT note_sign_of_life({server}, 'control', '2.0.0', 1, '1 hour', '1 day', '{{}}', NULL)"
        ));
    }

    /// Makes a database on the node.
    pub(super) fn create_database(&self, name: &str) {
        self.node.psql(
            "postgres",
            &format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\"")),
        );
    }

    /// Runs a command that succeeds.
    #[track_caller]
    pub(super) fn shell(&self, command: &str) -> String {
        self.sandbox.shell(command).success()
    }

    /// Runs a command that fails.
    #[track_caller]
    pub(super) fn refused(&self, command: &str) -> String {
        self.sandbox.shell(command).failure()
    }

    /// What a query of the catalogue gives.
    pub(super) fn query(&self, sql: &str) -> String {
        self.sandbox
            .catalogue()
            .psql(sql)
            .trim_end_matches('\n')
            .to_owned()
    }
}

/// `register_backup_definition` of node 1 with this database, these parameters by their place, and defaults for the rest.
pub(super) fn register(dbname: &str, others: &[(usize, &str)]) -> String {
    let mut words = [""; 16];
    words[1] = "1";
    words[2] = dbname;
    for (position, value) in others {
        words[*position] = value;
    }
    let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
    format!("register_backup_definition {}", quoted.join(" "))
}

/// A word of a command line.
pub(super) fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
