//! What each backup code leaves on disk and in the catalogue.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use pgbackman_core::handoff::manifest::Part;
use pgbackman_tests::postgres::{Cluster, Version};

use super::support::Lab;

const TABLES: &str = "CREATE TABLE orders (id int PRIMARY KEY, what text); \
                      INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 1000) n; \
                      SELECT lo_from_bytea(0, 'a large object')";

#[test]
fn full_has_archive_roles_and_settings() {
    for version in Version::ALL {
        let cluster = Cluster::shared(version);
        let database = cluster.database();
        database.psql(TABLES);
        let lab = Lab::new(cluster);
        lab.define(database.name(), "FULL").succeed();

        let manifests = lab.assert_only_complete_backups();
        assert_eq!(manifests.len(), 1);
        let parts: Vec<Part> = manifests[0].files.iter().map(|file| file.part).collect();
        for part in [Part::Database, Part::Roles, Part::Settings] {
            assert!(parts.contains(&part), "{part:?}");
        }
        assert_eq!(lab.only_outcome(), ("SUCCEEDED".to_owned(), String::new()));
        assert_eq!(
            lab.catalogued("pgsql_node_release")[0].split('.').next(),
            Some(version.major().to_string().as_str())
        );
        assert_eq!(lab.catalogued("pg_dump_release"), [version.release()]);
        assert_eq!(lab.catalogued("execution_method"), ["CRON"]);
        let listing = listing(cluster, &lab.dump_dir(), "-DATABASE.sql");
        assert!(
            listing.contains("TABLE DATA public orders") && listing.contains("BLOB"),
            "{listing}"
        );
        assert!(lab.records().is_empty() && lab.pending().is_empty());
        assert_eq!(super::support::names_in(&lab.log_dir()).len(), 3);
    }
}

#[test]
fn schema_and_data_hold_one_half_each_and_both_have_roles() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql(TABLES);
    let lab = Lab::new(cluster);
    lab.define(database.name(), "SCHEMA").succeed();
    lab.define(database.name(), "DATA").succeed();
    assert_eq!(lab.assert_only_complete_backups().len(), 2);
    let schema = listing(cluster, &lab.dump_dir(), "-cSCHEMA");
    assert!(
        schema.contains("TABLE public orders") && !schema.contains("TABLE DATA"),
        "{schema}"
    );
    let data = listing(cluster, &lab.dump_dir(), "-cDATA");
    assert!(
        !data.contains("TABLE public orders") && data.contains("TABLE DATA public orders"),
        "{data}"
    );
    assert_eq!(
        lab.catalogued("execution_status"),
        ["SUCCEEDED", "SUCCEEDED"]
    );
    assert_eq!(
        lab.dumped()
            .iter()
            .filter(|name| name.ends_with("-USERS.sql"))
            .count(),
        2
    );
    assert_eq!(
        lab.dumped()
            .iter()
            .filter(|name| name.ends_with("-DBCONFIG.sql"))
            .count(),
        2
    );
}

#[test]
fn rds_has_the_archive_alone() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql(TABLES);
    let lab = Lab::new(cluster);
    lab.define(database.name(), "RDS").succeed();
    assert_eq!(lab.dumped().len(), 2, "{:?}", lab.dumped());
    lab.assert_only_complete_backups();
    assert_eq!(lab.catalogued("pg_dump_roles_file"), [""]);
    assert_eq!(lab.only_outcome().0, "SUCCEEDED");
}

#[test]
fn cluster_is_the_whole_node_compressed() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql(TABLES);
    let lab = Lab::new(&cluster);
    lab.define("", "CLUSTER").succeed();
    let [_manifest, dump] = &lab.dumped()[..] else {
        panic!("{:?}", lab.dumped())
    };
    assert!(
        dump.starts_with("CLUSTER-") && dump.ends_with(".sql.gz"),
        "{dump}"
    );
    let mut sql = String::new();
    let file = fs::File::open(lab.dump_dir().join(dump)).unwrap();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_string(&mut sql)
        .unwrap();
    assert!(
        sql.contains("order 1000") && sql.contains("CREATE ROLE"),
        "incomplete"
    );
    lab.assert_only_complete_backups();
    assert_eq!(lab.only_outcome().0, "SUCCEEDED");
    assert_eq!(lab.catalogued("dbname"), [""]);
}

#[test]
fn a_snapshot_is_taken_once_with_the_client_it_asks_for() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let snapshot = lab.sandbox.catalogue().psql(&format!(
        "INSERT INTO snapshot_definition (backup_server_id, pgsql_node_id, dbname, at_time, backup_code, retention_period, \
         extra_backup_parameters, pg_dump_release) VALUES ({}, {}, '{}', now(), 'FULL', '7 days', '', '18') RETURNING snapshot_id",
        lab.server_id,
        lab.node_id,
        database.name()
    ));
    let snapshot = snapshot.lines().next().unwrap().trim().to_owned();
    let mut args = lab.define(database.name(), "FULL").args();
    let at = args.iter().position(|arg| arg == "--def-id").unwrap();
    args[at] = "--snapshot-id".to_owned();
    args[at + 1] = snapshot.clone();
    args.extend(["--pg-dump-release".to_owned(), "18".to_owned()]);
    assert_eq!(
        lab.sandbox.run_job("pgbackman_dump", &args).code,
        0,
        "{}",
        lab.sandbox.log()
    );
    assert_eq!(lab.catalogued("execution_method"), ["AT"]);
    assert_eq!(lab.catalogued("snapshot_id"), [snapshot.as_str()]);
    assert_eq!(lab.catalogued("pg_dump_release"), [Version::V18.release()]);
    assert!(
        lab.dumped()
            .iter()
            .all(|name| name.contains(&format!("-v18-snapid{snapshot}-"))),
        "{:?}",
        lab.dumped()
    );

    let again = lab.sandbox.run_job("pgbackman_dump", &args);
    assert_eq!(again.code, 7, "{}", again.stderr);
    assert_eq!(lab.assert_only_complete_backups().len(), 1);
    assert!(lab.records().is_empty());
}

#[test]
fn trap_29c_what_cannot_be_done_is_said() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = lab.define(database.name(), "FULL");
    let args: Vec<String> = job
        .args()
        .iter()
        .map(|arg| {
            if arg == "false" {
                "true".to_owned()
            } else {
                arg.clone()
            }
        })
        .collect();
    let output = lab.sandbox.run_job("pgbackman_dump", &args);
    assert_eq!(output.code, 8, "{}", output.stderr);
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "WARNING");
    assert!(reason.contains("not encrypted"), "{reason}");
    assert_eq!(lab.assert_only_complete_backups().len(), 1);

    let config: Vec<String> = job
        .args()
        .iter()
        .map(|arg| {
            if arg == "FULL" {
                "CONFIG".to_owned()
            } else {
                arg.clone()
            }
        })
        .collect();
    let output = lab.sandbox.run_job("pgbackman_dump", &config);
    assert_eq!(output.code, 6, "{}", output.stderr);
    assert_eq!(lab.catalogued("execution_status"), ["WARNING", "ERROR"]);
    assert!(lab.catalogued("error_message")[1].contains("CONFIG"));
}

#[test]
fn trap_31_nobody_else_can_read_anything_of_a_backup() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    lab.define(database.name(), "FULL").succeed();
    let mut seen = 0;
    assert_private(&lab.partition(), &mut seen);
    assert!(seen >= 8, "only {seen} files were seen");
}

fn assert_private(path: &Path, seen: &mut usize) {
    let mode = fs::metadata(path).unwrap().mode() & 0o777;
    let wanted = if path.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(mode, wanted, "{} has mode {mode:o}", path.display());
    *seen += 1;
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            assert_private(&entry.unwrap().path(), seen);
        }
    }
}

/// `pg_restore --list` of the only archive whose name contains `part`.
fn listing(cluster: &Cluster, directory: &Path, part: &str) -> String {
    let names = super::support::names_in(directory);
    let name = names
        .iter()
        .find(|name| name.contains(part) && name.ends_with("-DATABASE.sql"))
        .unwrap();
    let output = cluster
        .command("pg_restore")
        .arg("--list")
        .arg(directory.join(name))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
