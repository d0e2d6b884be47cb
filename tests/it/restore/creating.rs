//! CREATE DATABASE that goes wrong, or on: what is renamed is only what the restore has made itself.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pgbackman_core::domain::ids::RestoreDefId;
use pgbackman_restore::step::Step;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::sandbox::{Daemon, Output, run};
use pgbackman_tests::wait::until;

use super::support::{Restore, RestoreLab};
use crate::dump::support::DEADLINE;

/// Starts it once more, which puts the target right if that can be done.
fn start(restore: &Restore<'_, '_>, id: RestoreDefId) -> Output {
    run(&mut restore.command(id), b"", DEADLINE)
}

const PATIENCE: Duration = Duration::from_secs(30);

fn names(target: &Cluster) -> String {
    target.psql(
        "postgres",
        "SELECT coalesce(string_agg(regexp_replace(datname, '_failed_.*', '_failed'), ' ' ORDER BY datname), '') FROM pg_database \
         WHERE datname NOT IN ('postgres', 'template0', 'template1')",
    )
}

fn is_waiting(target: &Cluster, query: &str) -> bool {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ '{query}' AND pid <> pg_backend_pid()"
    );
    target.psql("postgres", &sql) == "1"
}

/// Holds a lock in a session of its own until it is ended.
fn holding(target: &Cluster, sql: &str) -> Daemon {
    let said = target.data_dir().join("holding.out");
    let mut psql = target.command("psql");
    psql.args(["-X", "-d", "postgres", "-c"])
        .arg(format!("BEGIN; {sql}; SELECT pg_sleep(600)"));
    let holder = Daemon::spawn(&mut psql, &said);
    until(PATIENCE, "the lock is held", || {
        let waiting = target.psql(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
        );
        (waiting == "1").then_some(())
    });
    holder
}

fn release(target: &Cluster, mut holder: Daemon) {
    target.psql(
        "postgres",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
    );
    holder.wait(PATIENCE);
}

/// A server with an empty database "shop", and one without.
fn shop_and_target() -> (Cluster, Cluster) {
    let source = Cluster::private(Version::Installed);
    source.psql("postgres", "CREATE DATABASE shop");
    (source, Cluster::private(Version::Installed))
}

#[test]
fn b3_a_database_that_somebody_else_makes_meanwhile_keeps_its_name() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql_script(
        "postgres",
        "CREATE ROLE r50; CREATE DATABASE shop OWNER r50;",
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let holder = holding(&target, "LOCK TABLE pg_authid IN EXCLUSIVE MODE");
    let restore = lab.restore(&backup, "shop");
    let id = restore.register();
    let said = lab.sandbox().path().join("restore.out");
    let mut running = Daemon::spawn(&mut restore.command(id), &said);
    until(PATIENCE, "the restore makes its roles", || {
        is_waiting(&target, "LOCK TABLE pg_catalog.pg_authid|CREATE ROLE").then_some(())
    });
    target.psql("postgres", "CREATE DATABASE shop");
    release(&target, holder);
    assert_ne!(running.wait(DEADLINE), 0);
    let result = lab.last_result();
    assert_eq!(result["status"], "ERROR", "{result:#?}");
    assert!(
        result["message"].contains("it was not changed"),
        "{result:#?}"
    );
    assert_eq!(names(&target), "shop", "{result:#?}");
}

#[test]
fn b3_a_database_of_a_whole_node_that_somebody_else_makes_meanwhile_keeps_its_name() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql_script(
        "postgres",
        "CREATE ROLE r50; CREATE DATABASE \"k\u{f6}ln\"; CREATE DATABASE shop OWNER r50;",
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("", "CLUSTER");
    let holder = holding(&target, "LOCK TABLE pg_authid IN EXCLUSIVE MODE");
    let restore = lab.restore(&backup, "");
    let id = restore.register();
    let said = lab.sandbox().path().join("restore.out");
    let mut running = Daemon::spawn(&mut restore.command(id), &said);
    until(PATIENCE, "the restore makes its roles", || {
        is_waiting(&target, "CREATE ROLE").then_some(())
    });
    target.psql("postgres", "CREATE DATABASE shop");
    let theirs = target.psql(
        "postgres",
        "SELECT oid FROM pg_database WHERE datname = 'shop'",
    );
    release(&target, holder);
    assert_ne!(running.wait(DEADLINE), 0);
    let result = lab.last_result();
    assert_eq!(result["status"], "ERROR", "{result:#?}");
    let of_theirs = format!("SELECT datname FROM pg_database WHERE oid = {theirs}");
    assert_eq!(target.psql("postgres", &of_theirs), "shop", "{result:#?}");
    // What this run has made is its own, under whatever name.
    for name in ["shop_failed_", "k\u{f6}ln_failed_"] {
        let found = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'");
        assert_eq!(target.psql("postgres", &found), "1", "{name}: {result:#?}");
        assert!(result["message"].contains(name), "{result:#?}");
    }
}

#[test]
fn r2_a_database_that_is_made_after_the_restore_has_died_is_waited_for_and_named() {
    let (source, target) = shop_and_target();
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        // CREATE DATABASE waits for it.
        let holder = holding(&target, "LOCK TABLE pg_database IN SHARE MODE");
        let restore = lab.restore(&backup, "shop");
        let id = restore.register();
        let said = lab.sandbox().path().join("restore.out");
        let mut running = Daemon::spawn(&mut restore.command(id), &said);
        until(PATIENCE, "the database is being made", || {
            is_waiting(&target, "^CREATE DATABASE").then_some(())
        });
        let backend = target.psql(
            "postgres",
            "SELECT pid FROM pg_stat_activity WHERE query ~ '^CREATE DATABASE' AND pid <> pg_backend_pid()",
        );
        let backend = Pid::from_raw(backend.parse().unwrap());
        kill(backend, Signal::SIGSTOP).unwrap();
        running.signal(signal);
        if signal == Signal::SIGKILL {
            running.wait(DEADLINE);
            // Nobody knows yet what becomes of it.
            let output = start(&restore, id);
            let result = lab.last_result();
            assert!(
                result["message"].contains(&format!(
                    "process {backend} may still be creating the database \"pgbackman_"
                )),
                "{result:#?} {output:?}"
            );
            kill(backend, Signal::SIGCONT).unwrap();
        } else {
            kill(backend, Signal::SIGCONT).unwrap();
            running.wait(DEADLINE);
        }
        release(&target, holder);
        // A second start adds no row, and puts right what is left.
        let rows = lab.results();
        let output = start(&restore, id);
        assert_eq!((output.code, lab.results()), (7, rows), "{}", output.stderr);
        let result = lab.last_result();
        assert!(
            result["message"].contains("nothing was dropped"),
            "{result:#?}"
        );
        assert_eq!(names(&target), "", "{result:#?}");
        assert!(lab.lab.records().is_empty(), "{result:#?}");
    }
}

#[test]
fn r5_a_second_start_while_the_target_is_still_to_be_put_right_adds_no_row() {
    let (source, target) = shop_and_target();
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let restore = lab.restore(&backup, "shop");
    let id = restore.register();
    let output = run(
        &mut restore.observed(id, "KILL", Step::DatabaseMade.name()),
        b"",
        DEADLINE,
    );
    assert_ne!(output.code, 0);
    lab.lab.assert_nobody_survives();
    target.stop(StopMode::Immediate);
    for _ in 0..2 {
        let output = start(&restore, id);
        assert_eq!((output.code, lab.results()), (7, 1), "{}", output.stderr);
    }
    target.start();
    let output = start(&restore, id);
    assert_eq!((output.code, lab.results()), (7, 1), "{}", output.stderr);
    assert_eq!(names(&target), "shop_failed");
}
