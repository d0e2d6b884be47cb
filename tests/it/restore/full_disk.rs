//! A disk of the target that is really full: the status is true, the previous database is intact and named, and when there is
//! room a second try works.

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::Signal;
use pgbackman_restore::step::Step;
use pgbackman_tests::base::{Account, TempRoot};
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::sandbox::Daemon;
use pgbackman_tests::small_disk::SmallDisk;

use super::failures::{assert_previous, fresh_target};
use super::retry::{recover_when_due, wait_for_step};
use super::support::RestoreLab;
use crate::dump::support::DEADLINE;

/// A directory for a tablespace.
fn directory(root: &TempRoot, name: &str) -> PathBuf {
    let path = root.path().join(name);
    fs::create_dir(&path).unwrap();
    Account::unprivileged().own(&path);
    path
}

fn with_tablespace(location: &std::path::Path) -> Cluster {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql(
        "postgres",
        &format!("CREATE TABLESPACE small LOCATION '{}'", location.display()),
    );
    cluster
}

#[test]
fn trap_10_the_disk_of_the_new_database_is_full() {
    if !namespace::available() {
        return;
    }
    let root = TempRoot::new("ts");
    let source = with_tablespace(&directory(&root, "large"));
    source.psql("postgres", "CREATE DATABASE shop TABLESPACE small");
    source.psql("shop", "CREATE TABLE t AS SELECT n, md5(n::text) AS x FROM generate_series(1, 40000) n; CREATE INDEX i ON t (x)");
    let small = directory(&root, "small");
    let disk = SmallDisk::over(&small, 512);
    let target = with_tablespace(&small);
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    // Not even an empty database, and one without its rows.
    for (kib, left) in [(512, "its name \"shop\""), (4 * 1024, "\"shop_failed_")] {
        disk.grow(kib);
        fresh_target(&target);
        let output = restore.run();
        let result = lab.last_result();
        assert_eq!(
            (output.code, result["status"].as_str()),
            (1, "ERROR"),
            "{kib}: {result:?}"
        );
        for words in ["No space left on device", left, "nothing was dropped"] {
            assert!(result["message"].contains(words), "{kib}: {result:?}");
        }
        assert_previous(&target, &result["message"]);
        // What was known beforehand had been said.
        let log = fs::read_to_string(&result["log"]).unwrap();
        assert!(
            log.contains("[WARNING]: The database had a size of ") && log.contains("MB are free"),
            "{log}"
        );
    }
    disk.grow(64 * 1024);
    lab.restore(&backup, "shop")
        .renaming("shop_again")
        .succeed();
    assert_eq!(
        target.psql("shop", "SELECT count(*) FROM t").trim(),
        "40000"
    );
}

#[test]
fn trap_10_the_disk_of_the_targets_log_is_full() {
    if !namespace::available() {
        return;
    }
    let (source, target) = (
        super::failures::source(),
        Cluster::options(Version::Installed)
            .conf("restart_after_crash = off")
            .start(),
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    fresh_target(&target);
    target.stop(StopMode::Fast);
    let disk = SmallDisk::over(&target.data_dir().join("pg_wal"), 64 * 1024);
    target.start();
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    let id = restore.register();
    let said = lab.sandbox().path().join("said");
    let step = Step::ContentsRecorded;
    let mut running = Daemon::spawn(&mut restore.observed(id, "STOP", step.name()), &said);
    wait_for_step(&lab, id, step, &running);
    disk.fill();
    running.signal(Signal::SIGCONT);
    // A server that cannot write its log ends at once.
    assert_eq!(running.wait(DEADLINE), 1);
    let result = lab.last_result();
    assert_eq!(result["status"], "ERROR", "{result:?}");
    for words in [
        "could not be undone",
        "tries again automatically",
        "\"shop_old\"",
        "nothing was dropped",
    ] {
        assert!(result["message"].contains(words), "{words}: {result:?}");
    }
    assert!(
        target.log().contains("No space left on device"),
        "{}",
        target.log()
    );
    disk.make_room();
    target.start();
    assert_eq!(recover_when_due(&lab, id), 0);
    let result = lab.last_result();
    assert!(result["message"].contains("undone later"), "{result:?}");
    assert_previous(&target, &result["message"]);
    lab.restore(&backup, "shop")
        .renaming("shop_again")
        .succeed();
}
