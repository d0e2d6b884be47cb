//! Takes a backup as `pgbackman_dump` does, with the library alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use pgbackman_core::archive::Archive;
use pgbackman_core::domain::backup::extra_parameters::ExtraParameters;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::node::{databases, identity, roles, settings, snapshot};
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::{archive_roles, argv};
use pgbackman_tests::postgres::Cluster;

use super::Files;

/// A backup, and what the library says of it.
pub(super) struct Backup {
    pub(super) files: Files,
    /// The names of the roles in it.
    pub(super) role_list: Vec<String>,
    /// Roles that the archive names and the roles file lacks.
    pub(super) missing: Vec<String>,
    _directory: tempfile::TempDir,
}

/// Backs up a database, everything in one snapshot.
pub(super) async fn take(cluster: &Cluster, dbname: &str) -> Backup {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let files = Files {
        archive: file("database"),
        roles: file("roles.sql"),
        settings: file("settings.sql"),
    };
    let client = cluster.connect(dbname).await;
    let release = identity::release(&client).await.unwrap();
    let encoding = databases::encoding(&client).await.unwrap();
    let snapshot = snapshot::open(&client, release).await.unwrap();
    let roles = roles::read(&client, release).await.unwrap();
    let settings = settings::read(&client, release).await.unwrap();
    dump(
        cluster,
        dbname,
        &encoding,
        snapshot.as_deref(),
        &files.archive,
        release.major(),
    );
    snapshot::close(&client).await.unwrap();
    fs::write(&files.roles, roles.to_sql().expose()).unwrap();
    fs::write(&files.settings, settings.to_sql()).unwrap();
    let archive = roles_of_archive(cluster, &files.archive, &file("list"));
    Backup {
        missing: roles.missing(&archive),
        role_list: roles.names(),
        files,
        _directory: directory,
    }
}

fn dump(
    cluster: &Cluster,
    dbname: &str,
    encoding: &str,
    snapshot: Option<&str>,
    directory: &Path,
    client: PgMajor,
) {
    let arguments = argv::pg_dump(&argv::PgDump {
        encoding,
        server: super::server(cluster),
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

/// The roles the archive names, from the script that `pg_restore` makes, and the same by our own reader.
fn roles_of_archive(cluster: &Cluster, archive: &Path, list: &Path) -> BTreeSet<Vec<u8>> {
    let all = run(cluster, "pg_restore", &argv::pg_restore_list(archive));
    let own = Archive::open(archive).unwrap();
    own.check_files().unwrap();
    assert_eq!(own.list(), ArchiveList::parse(&all), "our own list");
    fs::write(list, archive_roles::without_data(&all)).unwrap();
    let script = run(
        cluster,
        "pg_restore",
        &argv::pg_restore_script(archive, list),
    );
    let named = archive_roles::read(script.as_slice()).unwrap();
    assert_eq!(own.roles().unwrap(), named, "our own reading");
    named
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
