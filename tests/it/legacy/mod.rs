//! The way from 1.x: what its programs leave behind is imported, converted and restored, and they are kept out.

mod crontabs;
mod lockout;
mod many_backups;
mod pending;
mod upgrade;

use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};
use pgbackman_tests::sandbox::{Output, Sandbox};

use crate::catalogue::legacy::{self, Legacy};

/// A backup server whose configuration names a catalogue of 1.2, in which it is the server with the ID 1.
struct OldServer {
    sandbox: Sandbox<'static>,
    database: TestDatabase<'static>,
}

impl OldServer {
    fn new() -> Self {
        Self::of(Version::Installed)
    }

    fn of(version: Version) -> Self {
        let cluster = Cluster::shared(version);
        let database = legacy::database(cluster, Legacy::V3);
        let mut sandbox = Sandbox::on(cluster);
        sandbox.configure(
            "pgbackman_database",
            "dbname",
            &format!("\"{}\"", database.name()),
        );
        let (hostname, domain) = Sandbox::BACKUP_SERVER.split_once('.').unwrap();
        database.psql(&format!(
            "UPDATE backup_server SET hostname = '{hostname}', domain_name = '{domain}' WHERE server_id = 1; \
             UPDATE backup_server_config SET value = '{}' WHERE server_id = 1 AND parameter = 'root_backup_partition'; \
             UPDATE backup_server_config SET value = '{}/' || parameter WHERE parameter IN ('pgbackman_dump', 'pgbackman_restore'); \
             UPDATE pgsql_node_config SET value = '{}/pgsql_node_' || node_id WHERE parameter = 'pgnode_backup_partition'; \
             UPDATE pgsql_node_config SET value = '{}/pgsql_node_' || node_id WHERE parameter = 'pgnode_crontab_file'",
            sandbox.backup_root().display(),
            sandbox.bin_dir().display(),
            sandbox.backup_root().display(),
            sandbox.crontab_dir().display(),
        ));
        Self { sandbox, database }
    }

    /// `pgbackman_setup database …` as the server's superuser.
    fn setup(&self, args: &[&str]) -> Output {
        let all = ["database", "--admin-user", Cluster::SUPERUSER];
        self.sandbox.run("pgbackman_setup", all.iter().chain(args))
    }

    fn version(&self) -> String {
        self.value("SELECT max(version) FROM pgbackman_version")
    }

    fn value(&self, statement: &str) -> String {
        self.database.psql(statement).trim().to_owned()
    }

    /// The whole database as SQL, without what changes from run to run.
    fn content(&self) -> String {
        content(self.database.cluster(), self.database.name())
    }
}

fn content(cluster: &Cluster, dbname: &str) -> String {
    let dumped = cluster
        .command("pg_dump")
        .args(["--restrict-key=test", dbname])
        .output()
        .unwrap();
    assert!(
        dumped.status.success(),
        "{}",
        String::from_utf8_lossy(&dumped.stderr)
    );
    String::from_utf8(dumped.stdout).unwrap()
}
