//! Takes a backup as `pgbackman_dump` does, with the library alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgbackman_core::domain::extra_parameters::ExtraParameters;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::node::{identity, roles, settings, snapshot};
use pgbackman_core::pgtools::{archive_roles, argv};
use pgbackman_tests::postgres::Cluster;

/// The three files of a backup.
pub(super) struct Backup {
    pub(super) directory: tempfile::TempDir,
    /// The names of the roles in it.
    pub(super) role_list: Vec<String>,
    /// Roles that the archive names and the roles file lacks.
    pub(super) missing: Vec<String>,
}

impl Backup {
    pub(super) fn archive(&self) -> PathBuf {
        self.directory.path().join("database")
    }

    pub(super) fn roles(&self) -> PathBuf {
        self.directory.path().join("roles.sql")
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.directory.path().join("settings.sql")
    }
}

/// Backs up a database, everything in one snapshot.
pub(super) async fn take(cluster: &Cluster, dbname: &str) -> Backup {
    let directory = tempfile::tempdir().unwrap();
    let client = cluster.connect(dbname).await;
    let release = identity::release(&client).await.unwrap();
    let snapshot = snapshot::open(&client, release).await.unwrap();
    let roles = roles::read(&client, release).await.unwrap();
    let settings = settings::read(&client, release).await.unwrap();
    dump(
        cluster,
        dbname,
        snapshot.as_deref(),
        &directory.path().join("database"),
        release.major(),
    );
    snapshot::close(&client).await.unwrap();
    fs::write(directory.path().join("roles.sql"), roles.to_sql().expose()).unwrap();
    fs::write(directory.path().join("settings.sql"), settings.to_sql()).unwrap();
    let archive = roles_of_archive(cluster, directory.path());
    Backup {
        missing: roles.missing(&archive),
        role_list: roles.names(),
        directory,
    }
}

fn dump(
    cluster: &Cluster,
    dbname: &str,
    snapshot: Option<&str>,
    directory: &Path,
    client: PgMajor,
) {
    let arguments = argv::pg_dump(&argv::PgDump {
        server: argv::Server {
            host: cluster.socket_dir().to_str().unwrap(),
            port: cluster.port(),
            user: Cluster::SUPERUSER,
        },
        dbname,
        code: BackupCode::Full,
        client,
        directory,
        snapshot,
        lock_wait_timeout: Duration::from_secs(10),
        extra: &ExtraParameters::default(),
    });
    run(cluster, "pg_dump", &arguments);
}

/// The roles the archive names, found as the dump finds them.
fn roles_of_archive(cluster: &Cluster, directory: &Path) -> BTreeSet<Vec<u8>> {
    let archive = directory.join("database");
    let list = run(cluster, "pg_restore", &argv::pg_restore_list(&archive));
    let kept = directory.join("list");
    fs::write(&kept, archive_roles::without_data(&list)).unwrap();
    let script = run(
        cluster,
        "pg_restore",
        &argv::pg_restore_script(&archive, &kept),
    );
    archive_roles::read(script.as_slice()).unwrap()
}

/// Runs a client program; gives its output.
pub(super) fn run(cluster: &Cluster, program: &str, arguments: &[std::ffi::OsString]) -> Vec<u8> {
    let said = cluster.command(program).args(arguments).output().unwrap();
    assert!(
        said.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    said.stdout
}
