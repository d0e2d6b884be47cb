//! A database, backed up, restored by hand on another cluster that has none of its roles, compared.

mod by_library;

use std::path::{Path, PathBuf};

use pgbackman_core::pgtools::argv::{self, Server};
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};

use self::by_library::run;
use crate::e2e::scene::{Scene, one_of_each};

/// The database: the characters of trap 15, with a newline (legal before PostgreSQL 19) and non-ASCII letters.
pub(crate) const DBNAME: &str = "Odd \"DB\" it's \\ $(touch /x);`id` %\n-ü=";

/// Roles of the source that the database does not need.
pub(crate) const NOT_NEEDED: [&str; 2] = ["not_needed", "not_needed_group"];

#[tokio::test(flavor = "multi_thread")]
async fn trap_15_a_database_comes_back_with_everything_on_15() {
    round_trip(Version::Installed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_15_a_database_comes_back_with_everything_on_16() {
    round_trip(Version::V16).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_15_a_database_comes_back_with_everything_on_17() {
    round_trip(Version::V17).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_15_a_database_comes_back_with_everything_on_18() {
    round_trip(Version::V18).await;
}

async fn round_trip(version: Version) {
    let source = Cluster::private(version);
    build(&source);
    let backup = by_library::take(&source, DBNAME).await;
    assert_eq!(
        backup.missing, [""; 0],
        "the archive names roles that the roles file lacks"
    );
    assert_eq!(backup.role_list, needed_roles(&source));
    let target = Cluster::private(version);
    restore(&backup.files, &target);
    compare(&source, &target);

    // A second time nothing is left to do, and nothing fails (trap 6).
    psql_file(&target, &backup.files.roles);
    assert_same(&globals(&target), &globals(&source));
}

/// The same through the whole software: shell, catalogue, control, cron, `pgbackman_dump`.
#[test]
fn a_database_dumped_by_cron_comes_back_with_everything_on_every_release() {
    if !namespace::available() {
        return;
    }
    let sources = one_of_each();
    let targets = one_of_each();
    let scene = Scene::new();
    for source in &sources {
        build(source);
        let node = scene.register_node(source);
        let quoted = format!("\"{}\"", DBNAME.replace('"', "\"\""));
        scene.define(&node, &quoted, "FULL").success();
    }
    let backups = scene.wait_for_backups(sources.len());
    for ((backup, source), target) in backups.iter().zip(&sources).zip(&targets) {
        assert_eq!(backup["role_list"], serde_json::json!(needed_roles(source)));
        let path = |column: &str| PathBuf::from(backup[column].as_str().unwrap());
        let files = Files {
            archive: path("pg_dump_file"),
            roles: path("pg_dump_roles_file"),
            settings: path("pg_dump_dbconfig_file"),
        };
        restore(&files, target);
    }
    // Cron would go on dumping what is compared now.
    drop(scene);
    for (source, target) in sources.iter().zip(&targets) {
        compare(source, target);
    }
}

/// The files of a backup.
struct Files {
    archive: PathBuf,
    roles: PathBuf,
    settings: PathBuf,
}

/// `pg_dump` of both databases and `pg_dumpall --globals-only` of both clusters say the same, once the source has no roles
/// that the database does not need.
fn compare(source: &Cluster, target: &Cluster) {
    assert_same(&dump(target), &dump(source));
    for role in NOT_NEEDED {
        source.psql("postgres", &format!("DROP ROLE {role}"));
    }
    assert_same(&globals(target), &globals(source));
}

/// Makes the source's roles and database, with everything that its version knows.
pub(crate) fn build(source: &Cluster) {
    build_common(source);
    let major = source.version().major();
    let later = |script: &str| format!("{}{script}", database_variable(DBNAME));
    if major >= 14 {
        source.psql_script(DBNAME, include_str!("sql/database_14.sql"));
    }
    if major >= 15 {
        source.psql_script("postgres", &later(include_str!("sql/cluster_15.sql")));
    }
    if major >= 16 {
        source.psql_script("postgres", &later(include_str!("sql/cluster_16.sql")));
    }
}

/// The same without what 12 does not know.
fn build_common(source: &Cluster) {
    run_common(
        source,
        DBNAME,
        include_str!("sql/cluster.sql"),
        include_str!("sql/database.sql"),
    );
}

/// The same without what one of the versions from 12 to 19 does not know: 19 takes no line break in the name of a role or database.
#[cfg(feature = "every-version")]
pub(crate) fn build_for_every_version(source: &Cluster, dbname: &str) {
    let on_one_line = |script: &str| script.replace("\"two\nlines\"", "\"two lines\"");
    run_common(
        source,
        dbname,
        &on_one_line(include_str!("sql/cluster.sql")),
        &on_one_line(include_str!("sql/database.sql")),
    );
}

fn run_common(source: &Cluster, dbname: &str, of_cluster: &str, of_database: &str) {
    source.psql_script("postgres", &(database_variable(dbname) + of_cluster));
    source.psql_script(
        dbname,
        &format!("SET client_encoding TO 'LATIN1';\n{of_database}"),
    );
}

/// Every role that the scripts make for the database, and the superuser, who owns some of its objects.
pub(crate) fn needed_roles(source: &Cluster) -> Vec<String> {
    let sql = "SELECT json_agg(rolname ORDER BY rolname COLLATE \"C\") FROM pg_roles \
               WHERE rolname !~ '^pg_' AND rolname !~ '^not_needed'";
    serde_json::from_str(&source.psql("postgres", sql)).unwrap()
}

/// What an operator does by hand: roles, settings, contents.
fn restore(backup: &Files, target: &Cluster) {
    psql_file(target, &backup.roles);
    psql_file(target, &backup.settings);
    let said = target
        .command("pg_restore")
        .env("PGDATABASE", DBNAME)
        .args([
            "--exit-on-error",
            "--dbname",
            &server(target).conninfo(DBNAME),
        ])
        .arg(&backup.archive)
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "pg_restore: {}",
        String::from_utf8_lossy(&said.stderr)
    );
}

fn psql_file(target: &Cluster, file: &Path) {
    run(
        target,
        "psql",
        &argv::psql_file(&server(target), "postgres", file),
    );
}

/// The server as the client programs' arguments name it.
pub(crate) fn server(cluster: &Cluster) -> Server<'_> {
    Server {
        host: cluster.socket_dir().to_str().unwrap(),
        port: cluster.port(),
        user: Cluster::SUPERUSER,
    }
}

/// The whole database as `pg_dump` sees it: with the settings and privileges of the database itself, with all data. It
/// refuses to write a CREATE DATABASE for a name with a newline, so the database gets another name first.
fn dump(cluster: &Cluster) -> String {
    cluster.psql_script(
        "postgres",
        &format!(
            "{}ALTER DATABASE :\"db\" RENAME TO compared;\n",
            database_variable(DBNAME)
        ),
    );
    without_keys(&run(
        cluster,
        "pg_dump",
        &["--create".into(), "compared".into()],
    ))
}

/// A database as `pg_dump` with these further arguments sees it.
pub(crate) fn dump_of(cluster: &Cluster, dbname: &str, arguments: &[&str]) -> Vec<u8> {
    let conninfo = server(cluster).conninfo(dbname);
    let arguments: Vec<std::ffi::OsString> = arguments
        .iter()
        .map(Into::into)
        .chain(["--dbname".into(), conninfo.into()])
        .collect();
    run(cluster, "pg_dump", &arguments)
}

/// The database's name as a variable for `psql`.
fn database_variable(dbname: &str) -> String {
    let name = dbname
        .replace('\\', "\\\\")
        .replace('\'', "\\'")
        .replace('\n', "\\n");
    format!("\\set db '{name}'\nSET client_encoding TO 'UTF8';\n")
}

/// Roles, memberships and their like as `pg_dumpall` sees them.
pub(crate) fn globals(cluster: &Cluster) -> String {
    without_keys(&run(cluster, "pg_dumpall", &["--globals-only".into()]))
}

/// The text without the random keys of `\restrict` (trap 8).
pub(crate) fn without_keys(script: &[u8]) -> String {
    // One character per byte: the script is in the database's encoding.
    let text: String = script.iter().map(|byte| char::from(*byte)).collect();
    text.lines()
        .filter(|line| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict "))
        .fold(String::new(), |mut kept, line| {
            kept.push_str(line);
            kept.push('\n');
            kept
        })
}

/// Fails with the lines that only one of two texts has.
pub(crate) fn assert_same(restored: &str, original: &str) {
    assert_same_of("", restored, original);
}

/// The same, saying of what.
pub(crate) fn assert_same_of(what: &str, restored: &str, original: &str) {
    let only_in = |one: &str, other: &str| {
        let others: std::collections::BTreeSet<&str> = other.lines().collect();
        one.lines()
            .filter(|line| !others.contains(line))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        restored == original,
        "{what}\nonly in what was restored:\n{}\nonly in the original:\n{}",
        only_in(restored, original),
        only_in(original, restored)
    );
}
