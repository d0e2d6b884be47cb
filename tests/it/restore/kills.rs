//! KILL at every named step: the status is true, the previous database is intact and named in the error, nothing that the run
//! started is alive, and a second try works (traps 10, 26a).

use nix::sys::signal::Signal;
use pgbackman_restore::step::Step;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::{Daemon, run};
use pgbackman_tests::wait::until;

use super::support::{Backup, Restore, RestoreLab};
use crate::dump::support::DEADLINE;

/// What a shell reports of a program that SIGKILL ended.
const KILLED: i32 = 128 + 9;

/// The steps of a restore that succeeds, in order.
const GOOD: [Step; 18] = [
    Step::RecordWritten,
    Step::GuardianStarted,
    Step::BackupVerified,
    Step::TargetReached,
    Step::Planned,
    Step::ChangesRecorded,
    Step::Renamed,
    Step::RolesMade,
    Step::DatabaseMade,
    Step::SettingsMade,
    Step::ContentsRecorded,
    Step::ContentsStarted,
    Step::ContentsEnded,
    Step::Analyzed,
    Step::Compared,
    Step::ProgramsGone,
    Step::Finished,
    Step::Reported,
];

/// Those that a CLUSTER restore has not.
const NOT_OF_CLUSTER: [Step; 4] = [
    Step::RolesMade,
    Step::SettingsMade,
    Step::Analyzed,
    Step::ProgramsGone,
];

/// The step that only a failing restore has.
const FAILING: Step = Step::PutRight;

#[test]
fn every_step_is_one_that_a_test_kills_at() {
    let mut tested: Vec<Step> = GOOD.into_iter().chain([FAILING]).collect();
    tested.sort();
    assert_eq!(tested, Step::ALL);
}

fn drop_all(cluster: &Cluster) {
    let names = cluster.psql(
        "postgres",
        "SELECT coalesce(json_agg(datname), '[]') FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')",
    );
    let names: Vec<String> = serde_json::from_str(names.trim()).unwrap();
    for name in names {
        cluster.psql(
            "postgres",
            &format!("DROP DATABASE \"{name}\" WITH (FORCE)"),
        );
    }
}

/// A target with a database of the name, which holds what must not be lost.
fn with_previous(target: &Cluster) {
    drop_all(target);
    target.psql("postgres", "CREATE DATABASE shop");
    target.psql("shop", "CREATE TABLE precious AS SELECT 42 AS n");
}

/// Where the previous database is, and that it is intact and open.
fn previous(target: &Cluster) -> String {
    let mut found = Vec::new();
    for name in ["shop", "shop_old"] {
        let exists =
            format!("SELECT count(*) FROM pg_database WHERE datname = '{name}' AND datallowconn");
        if target.psql("postgres", &exists).trim() == "1"
            && target
                .psql(
                    name,
                    "SELECT count(*) FROM pg_class WHERE relname = 'precious'",
                )
                .trim()
                == "1"
        {
            assert_eq!(target.psql(name, "SELECT n FROM precious").trim(), "42");
            found.push(name.to_owned());
        }
    }
    assert_eq!(
        found.len(),
        1,
        "the previous database is not intact: {found:?}"
    );
    found.remove(0)
}

/// Kills a run at a step, and everything that it started goes with it.
fn kill_at(restore: &Restore<'_, '_>, step: Step) {
    let id = restore.register();
    let output = run(
        &mut restore.observed(id, "KILL", step.name()),
        b"",
        DEADLINE,
    );
    assert_eq!(
        output.code,
        KILLED,
        "{step:?} was not reached: {}\n{}",
        output.stderr,
        restore.lab.sandbox().log()
    );
    restore.lab.lab.assert_nobody_survives();
}

/// The second try, which settles the first one; the result of the first.
fn second_try(restore: &Restore<'_, '_>) -> (String, String) {
    let output = restore.run();
    let results = restore.lab.sandbox().catalogue().psql(
        "SELECT json_agg(json_build_array(execution_status, error_message) ORDER BY restore_id DESC) FROM restore_catalog",
    );
    let results: Vec<(String, String)> = serde_json::from_str(results.trim()).unwrap();
    assert_eq!(output.code, 0, "{}\n{results:?}", output.stderr);
    assert_eq!(results[0].0, "SUCCEEDED");
    assert!(restore.lab.lab.records().is_empty());
    results[1].clone()
}

fn assert_restored(target: &Cluster) {
    assert_eq!(target.psql("shop", "SELECT count(*) FROM t").trim(), "3000");
    let limit = target.psql(
        "postgres",
        "SELECT datconnlimit FROM pg_database WHERE datname = 'shop'",
    );
    assert_eq!(limit.trim(), "-1", "the restored database is closed");
}

fn lab_with_source<'c>(
    source: &'c Cluster,
    target: &'c Cluster,
    code: &str,
) -> (RestoreLab<'c>, Backup) {
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", "CREATE TABLE t AS SELECT n, repeat('x', 50) AS x FROM generate_series(1, 3000) n; CREATE INDEX i ON t (n)");
    let lab = RestoreLab::new(source, target);
    let backup = lab.backup(if code == "CLUSTER" { "" } else { "shop" }, code);
    (lab, backup)
}

#[test]
fn trap_10_killed_at_any_step_of_a_full_restore() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let (lab, backup) = lab_with_source(&source, &target, "FULL");
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    for step in GOOD {
        with_previous(&target);
        kill_at(&restore, step);
        if step >= Step::Finished {
            // It was complete: what is still to be done is the report.
            assert_eq!(previous(&target), "shop_old", "{step:?}");
            let again = lab.restore(&backup, "another");
            let (status, _) = second_try(&again);
            assert_eq!(status, "SUCCEEDED", "{step:?}");
            assert_restored(&target);
            continue;
        }
        let (status, message) = second_try(&restore);
        assert_eq!(status, "ERROR", "{step:?}");
        assert!(
            message.contains(step.name()) && message.contains("killed"),
            "{step:?}: {message}"
        );
        // After the second try it has the new name, whatever the first one had done.
        assert_eq!(previous(&target), "shop_old", "{step:?}");
        assert_restored(&target);
        let touched = step >= Step::ChangesRecorded;
        let begun = step >= Step::ContentsRecorded;
        assert_eq!(
            message.contains("no database of the target was changed"),
            !touched,
            "{step:?}: {message}"
        );
        if touched && !begun {
            assert!(message.contains("its name \"shop\""), "{step:?}: {message}");
        }
        if begun {
            assert!(
                message.contains("intact, and now has the name \"shop_old\""),
                "{step:?}: {message}"
            );
            assert!(
                message.contains("the partly restored database is \"shop_failed_"),
                "{step:?}: {message}"
            );
        }
    }
}

#[test]
fn trap_10_killed_at_any_step_of_a_cluster_restore() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let (lab, backup) = lab_with_source(&source, &target, "CLUSTER");
    let restore = lab.restore(&backup, "").renaming("shop=shop_old");
    for step in GOOD
        .into_iter()
        .filter(|step| *step < Step::Finished && !NOT_OF_CLUSTER.contains(step))
    {
        with_previous(&target);
        kill_at(&restore, step);
        let (status, message) = second_try(&restore);
        assert_eq!(status, "ERROR", "{step:?}: {message}");
        assert_eq!(previous(&target), "shop_old", "{step:?}: {message}");
        assert_eq!(target.psql("shop", "SELECT count(*) FROM t").trim(), "3000");
    }
}

#[test]
fn trap_10_killed_while_a_failure_is_put_right() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let (mut lab, backup) = lab_with_source(&source, &target, "FULL");
    let tools =
        pgbackman_tests::fakes::FakeTools::instead_of(Version::Installed, &mut lab.lab.sandbox);
    tools.script(
        "pg_restore",
        "case \"$*\" in *--dbname=*) echo 'pg_restore: error: could not execute query: ERROR:  told to fail' >&2; exit 1;; esac; \
         exec \"$REAL\" \"$@\"",
    );
    with_previous(&target);
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    kill_at(&restore, FAILING);
    tools.script("pg_restore", "exec \"$REAL\" \"$@\"");
    let (status, _) = second_try(&restore);
    assert_eq!(status, "ERROR");
    assert_eq!(previous(&target), "shop_old");
    assert_restored(&target);
}

#[test]
fn trap_26a_a_killed_restore_leaves_no_worker_and_no_backend() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", "CREATE TABLE a AS SELECT md5(n::text) AS x FROM generate_series(1, 300000) n; CREATE TABLE b AS TABLE a");
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let restore = lab.restore(&backup, "shop").with("-j 2");
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        drop_all(&target);
        let id = restore.register();
        let said = lab.sandbox().path().join(format!("said-{id}"));
        let mut running = Daemon::spawn(&mut restore.command(id), &said);
        let working =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop' AND query LIKE 'COPY %'";
        until(DEADLINE, "a worker that copies", || {
            (target.psql("postgres", working).trim() != "0").then_some(())
        });
        running.signal(signal);
        let code = running.wait(DEADLINE);
        lab.lab.assert_nobody_survives();
        let left = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop' AND application_name LIKE 'pgbackman_restore %'";
        until(DEADLINE, "the end of the backends", || {
            (target.psql("postgres", left).trim() == "0").then_some(())
        });
        if signal == Signal::SIGTERM {
            assert_eq!(code, 9);
            let result = lab.last_result();
            assert_eq!(result["status"], "ERROR");
            assert!(
                result["message"].contains("SIGTERM")
                    && result["message"].contains("\"shop_failed_"),
                "{result:?}"
            );
        } else {
            assert_eq!(code, KILLED);
            // Control's periodic pass, and the next restore, do this.
            assert_eq!(lab.lab.records().len(), 1);
        }
    }
    assert_eq!(lab.results(), 2, "the killed one is registered by the next");
}
