//! A backup server whose disk is really full: every run is an ERROR that says so, nothing incomplete is left, and when there is
//! room everything goes on by itself.

use pgbackman_core::handoff::cache::NodeCache;
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::small_disk::SmallDisk;

use super::support::Lab;

const FULL: &str = "No space left on device";

/// The whole root directory (backups, records, results that wait, caches) is on a small disk.
fn lab<'c>(sandbox: Sandbox<'c>, node: &'c Cluster, kib: u32) -> (Lab<'c>, SmallDisk) {
    let disk = SmallDisk::over(&sandbox.backup_root(), kib);
    (Lab::of(sandbox, node), disk)
}

#[test]
fn trap_2_a_disk_that_is_full_before_a_backup() {
    if !namespace::available() {
        return;
    }
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    let catalogue = Cluster::private(Version::Installed);
    let (lab, disk) = lab(Sandbox::on(&catalogue), node, 4 * 1024);
    let job = lab.define(database.name(), "FULL");
    disk.fill();
    let output = job.run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains(FULL), "{}", output.stderr);
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(reason.contains(FULL), "{reason}");
    assert!(lab.dumped().is_empty() && lab.pending().is_empty());
    // Told nowhere but here and in the log: neither the catalogue nor a file takes it.
    catalogue.stop(StopMode::Fast);
    let output = job.run();
    assert_ne!(output.code, 0);
    assert!(output.stderr.contains(FULL), "{}", output.stderr);
    assert!(lab.sandbox.log().contains(FULL));
    assert!(lab.dumped().is_empty() && lab.pending().is_empty());
    catalogue.start();
    disk.make_room();
    job.succeed();
    assert_eq!(lab.assert_only_complete_backups().len(), 1);
    assert!(lab.records().is_empty());
}

#[test]
fn trap_2_a_disk_that_fills_during_a_backup_has_room_for_its_result() {
    if !namespace::available() {
        return;
    }
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    // What compresses so badly that the dump is larger than it is expected to be: it is begun, and does not fit.
    database.psql("CREATE TABLE t AS SELECT md5(n::text) || md5((-n)::text) AS x FROM generate_series(1, 50000) n");
    let catalogue = Cluster::private(Version::Installed);
    let (lab, disk) = lab(Sandbox::on(&catalogue), node, 1024);
    let job = lab.define(database.name(), "FULL");
    let output = job.run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(reason.contains(FULL), "{reason}");
    // With the catalogue away the result waits in a file, for which there is room again.
    catalogue.stop(StopMode::Fast);
    assert_eq!(job.run().code, 1);
    assert_eq!(lab.pending().len(), 1);
    assert!(lab.dumped().is_empty() && lab.records().is_empty());
    catalogue.start();
    disk.grow(64 * 1024);
    job.succeed();
    assert_eq!(lab.assert_only_complete_backups().len(), 1);
    let import = lab.sandbox.run_job("pgbackman_maintenance", ["--cron"]);
    assert!(lab.pending().is_empty(), "{}", import.stderr);
    assert_eq!(lab.catalogued("execution_status").len(), 3);
    lab.assert_catalogue_is_true();
}

#[test]
fn trap_30_a_cache_that_cannot_be_written_stays_as_it_was_and_is_told() {
    if !namespace::available() {
        return;
    }
    let node = Cluster::shared(Version::Installed);
    let (lab, disk) = lab(Sandbox::new(), node, 2 * 1024);
    let control = || lab.sandbox.run("pgbackman_control", ["--once"]);
    let port = || {
        NodeCache::read(&lab.sandbox.backup_root(), lab.node_id)
            .unwrap()
            .port
    };
    let first = control();
    assert_eq!(first.code, 0, "{}\n{}", first.stderr, lab.sandbox.log());
    let before = port();
    lab.sandbox.catalogue().psql(&format!(
        "UPDATE pgsql_node SET pgport = 1234 WHERE node_id = {}",
        lab.node_id
    ));
    disk.fill();
    let full = control();
    assert_ne!(full.code, 0);
    assert!(
        full.stderr.contains(FULL) || lab.sandbox.log().contains(FULL),
        "{}\n{}",
        full.stderr,
        lab.sandbox.log()
    );
    assert_eq!(port(), before);
    disk.make_room();
    assert_eq!(control().code, 0, "{}", lab.sandbox.log());
    assert_eq!(port(), 1234);
}
