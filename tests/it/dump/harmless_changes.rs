//! Changes that a dump meets between its snapshot and its locks (case B0): it has every row all the same; and what is said where it
//! meets them twice.

use std::process::{Child, Command, Stdio};

use pgbackman_dump::step::Step;
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};
use pgbackman_tests::wait::until;

use super::lost_tables::{Held, RELOAD, TABLE, go_on, rows, wait_for_a_wait};
use super::support::{DEADLINE, Lab};

/// Changes, and whether they wait for a dump that has its locks.
const CHANGES: [(&str, bool); 7] = [
    ("VACUUM FULL t", true),
    ("CLUSTER t USING t_n", true),
    ("ALTER TABLE t ALTER n TYPE bigint", true),
    ("DROP TABLE other", true),
    ("REFRESH MATERIALIZED VIEW mv", false),
    ("CREATE TABLE fresh AS SELECT 1 AS n", false),
    (
        "BEGIN; TRUNCATE t; INSERT INTO t SELECT generate_series(1, 1000); COMMIT",
        true,
    ),
];

/// When a change comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Before,
    AfterTheSnapshot,
    #[cfg_attr(
        not(feature = "long"),
        expect(dead_code, reason = "the long tests alone come then")
    )]
    WhileItIsDumped,
}

/// Another program with a statement of its own.
fn psql(database: &TestDatabase<'_>, sql: &str) -> Child {
    let mut command: Command = database.cluster().command("psql");
    command
        .env("PGDATABASE", database.name())
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Takes a backup that meets the change; what it has is whole.
fn meets(version: Version, change: (&str, bool), moment: Moment, code: &str, extra: &str) {
    let (sql, waits) = change;
    let case = format!("{version} {code} {extra} {moment:?}: {sql}\n");
    let cluster = Cluster::shared(version);
    let database = cluster.database();
    database.psql(TABLE);
    database.psql("CREATE MATERIALIZED VIEW mv AS SELECT count(*) FROM t");
    let lab = Lab::new(cluster);
    let job = lab.define_with(database.name(), code, extra);
    if moment == Moment::Before {
        assert!(psql(&database, sql).wait().unwrap().success(), "{case}");
        assert_eq!(job.run().code, 0, "{case}{}", lab.sandbox.log());
    } else {
        let step = if moment == Moment::AfterTheSnapshot {
            Step::SnapshotExported
        } else {
            Step::DumpStarted
        };
        let mut dump = job.spawn(&mut job.observed("STOP", step.name()));
        until(DEADLINE, "a stopped dump", || {
            pgbackman_tests::processes::is_stopped(dump.pid()).then_some(())
        });
        let mut other = psql(&database, sql);
        if waits && moment == Moment::AfterTheSnapshot {
            wait_for_a_wait(&database);
        }
        go_on(&mut dump);
        assert_eq!(dump.wait(DEADLINE), 0, "{case}{}", lab.sandbox.log());
        assert!(other.wait().unwrap().success(), "{case}");
    }
    if code != "SCHEMA" {
        assert_eq!(rows(&lab, "t"), 1_000, "{case}");
    }
    lab.assert_catalogue_is_true();
}

#[test]
fn b0_changes_between_snapshot_and_lock_leave_every_row_in_the_backup() {
    for change in CHANGES {
        meets(
            Version::Installed,
            change,
            Moment::AfterTheSnapshot,
            "FULL",
            "",
        );
    }
}

#[test]
fn b0_every_code_has_every_row() {
    let reload = CHANGES[6];
    for (code, extra) in [("SCHEMA", ""), ("DATA", ""), ("RDS", ""), ("FULL", "-j 2")] {
        meets(Version::V18, reload, Moment::AfterTheSnapshot, code, extra);
    }
}

#[test]
fn b0_a_table_that_is_lost_twice_is_named() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql(TABLE);
    let lab = Lab::new(cluster);
    // Which tables this chooses is known to pg_dump alone: no lock of ours keeps them.
    let job = lab.define_with(database.name(), "FULL", "-T other");
    let first = Held::begin(&database, RELOAD);
    let mut dump = job.spawn(&mut job.command());
    wait_for_a_wait(&database);
    // It stands behind pg_dump, and gets the table when that is ended.
    let second = Held::begin(&database, "").hold_with(RELOAD);
    until(DEADLINE, "two that wait", || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        (database.psql(waiting).trim() == "2").then_some(())
    });
    first.commit();
    let second = second.join();
    wait_for_a_wait(&database);
    second.commit();
    assert_eq!(dump.wait(DEADLINE), 1, "{}", lab.sandbox.log());
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(
        reason.contains("\"public\".\"t\"") && reason.contains("even after a restart of the dump"),
        "{reason}"
    );
    assert!(lab.dumped().is_empty());
}

#[cfg(feature = "long")]
mod long {
    use super::*;

    #[test]
    fn b0_every_change_at_every_moment_of_every_code_on_every_version() {
        for version in Version::ALL {
            for change in CHANGES {
                for moment in [
                    Moment::Before,
                    Moment::AfterTheSnapshot,
                    Moment::WhileItIsDumped,
                ] {
                    for (code, extra) in [
                        ("FULL", ""),
                        ("DATA", ""),
                        ("RDS", ""),
                        ("SCHEMA", ""),
                        ("FULL", "-j 2"),
                    ] {
                        meets(version, change, moment, code, extra);
                    }
                }
            }
        }
    }

    #[test]
    fn b0_twenty_thousand_tables_are_locked_and_backed_up() {
        let cluster = Cluster::options(Version::Installed)
            .conf("max_locks_per_transaction = 1024")
            .start();
        let database = cluster.database();
        database.psql(TABLE);
        for of in 0..20 {
            database.psql(&format!(
                "DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE t_{of}_%s (n int)', i); END LOOP; END $$"
            ));
        }
        let lab = Lab::new(&cluster);
        let job = lab.define(database.name(), "FULL");
        let held = Held::begin(&database, RELOAD);
        let mut dump = job.spawn(&mut job.command());
        wait_for_a_wait(&database);
        held.commit();
        assert_eq!(dump.wait(DEADLINE * 10), 0, "{}", lab.sandbox.log());
        assert_eq!(rows(&lab, "t"), 1_000);
    }
}
