//! A connection that is cut, a target that is restarted, a full disk, programs that fail: the status is true, the previous
//! database is intact and named, a second try works.

use pgbackman_restore::step::Step;
use pgbackman_tests::fakes::FakeTools;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::proxy::{Mode, Proxy};
use pgbackman_tests::sandbox::{Daemon, run};
use pgbackman_tests::wait::until;

use super::retry::wait_for_step;
use super::support::RestoreLab;
use crate::dump::support::DEADLINE;

pub(super) fn fresh_target(target: &Cluster) {
    for name in ["shop", "shop_old"] {
        target.psql(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
    }
    let failed = target.psql("postgres", "SELECT coalesce(json_agg(datname), '[]') FROM pg_database WHERE datname LIKE 'shop_failed%'");
    let failed: Vec<String> = serde_json::from_str(failed.trim()).unwrap();
    for name in failed {
        target.psql("postgres", &format!("DROP DATABASE \"{name}\""));
    }
    target.psql("postgres", "CREATE DATABASE shop");
    target.psql("shop", "CREATE TABLE precious AS SELECT 42 AS n");
}

/// The previous database is intact under one of its names, which the message says.
#[track_caller]
pub(super) fn assert_previous(target: &Cluster, message: &str) {
    let is_there = |name: &str| {
        let exists =
            format!("SELECT count(*) FROM pg_database WHERE datname = '{name}' AND datallowconn");
        target.psql("postgres", &exists).trim() == "1"
            && target
                .psql(
                    name,
                    "SELECT count(*) FROM pg_class WHERE relname = 'precious'",
                )
                .trim()
                == "1"
    };
    let name = match (is_there("shop"), is_there("shop_old")) {
        (true, false) => "shop",
        (false, true) => "shop_old",
        both => panic!("the previous database: {both:?}: {message}"),
    };
    assert_eq!(target.psql(name, "SELECT n FROM precious").trim(), "42");
    let is_untouched =
        message.contains("the target was not changed") || message.contains("could not be undone");
    assert!(
        is_untouched || message.contains(&format!("\"{name}\"")),
        "{name}: {message}"
    );
}

pub(super) fn source() -> Cluster {
    let source = Cluster::private(Version::Installed);
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", "CREATE TABLE t AS SELECT n, md5(n::text) AS x FROM generate_series(1, 20000) n; CREATE INDEX i ON t (x)");
    source
}

#[test]
fn a_connection_that_is_cut_at_any_moment() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let proxy = Proxy::unix(&target);
    let mut cut = lab.restore(&backup, "shop").renaming("shop_old");
    proxy.host().clone_into(&mut cut.host);
    let mut failed = 0;
    for bytes in [
        0, 400, 2_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000, 11_000, 12_000,
    ] {
        fresh_target(&target);
        proxy.set(Mode::CutAfter(bytes));
        let output = cut.run();
        proxy.set(Mode::Pass);
        let result = lab.last_result();
        lab.lab.assert_nobody_survives();
        assert_eq!(output.code != 0, result["status"] == "ERROR", "{result:?}");
        if output.code == 0 {
            continue;
        }
        failed += 1;
        assert_previous(&target, &result["message"]);
        // By whichever way: what is in the way of a second try is renamed.
        let again = lab
            .restore(&backup, "shop")
            .renaming(&format!("shop_old_{bytes}"));
        let output = again.run();
        assert_eq!(output.code, 0, "{bytes}: {result:?}\n{}", output.stderr);
        target.psql("postgres", "DROP DATABASE shop");
        target.psql(
            "postgres",
            &format!("DROP DATABASE IF EXISTS shop_old_{bytes}"),
        );
    }
    assert!(failed >= 6, "only {failed} of the restores were cut");
}

#[test]
fn a_target_that_is_restarted() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    for step in [
        Step::Planned,
        Step::Renamed,
        Step::DatabaseMade,
        Step::ContentsStarted,
        Step::ContentsEnded,
        Step::Analyzed,
    ] {
        fresh_target(&target);
        let id = restore.register();
        let said = lab.sandbox().path().join(format!("said-{id}"));
        let mut running = Daemon::spawn(&mut restore.observed(id, "STOP", step.name()), &said);
        wait_for_step(&lab, id, step, &running);
        target.stop(StopMode::Immediate);
        target.start();
        running.signal(nix::sys::signal::Signal::SIGCONT);
        assert_ne!(running.wait(DEADLINE), 0, "{step:?}");
        let result = lab.last_result();
        assert_eq!(result["status"], "ERROR", "{step:?}");
        assert_previous(&target, &result["message"]);
        assert!(
            !result["message"].contains("could not be undone"),
            "{step:?}: {result:?}"
        );
        restore.succeed();
    }
}

#[test]
fn programs_that_fail_and_a_full_disk() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let mut lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let tools = FakeTools::instead_of(Version::Installed, &mut lab.lab.sandbox);
    let only_into_a_database =
        |body: &str| format!("case \"$*\" in *--dbname=*) {body};; esac; exec \"$REAL\" \"$@\"");
    let error = "pg_restore: error: could not execute query: ERROR:";
    for (body, words) in [
        (
            format!(
                "echo '{error}  could not extend file: No space left on device' >&2; echo 'pg_restore: warning: errors ignored on restore: 1' >&2; exit 1"
            ),
            "No space left on device",
        ),
        ("kill -9 $$".to_owned(), "SIGKILL"),
        ("exit 1".to_owned(), "exit status 1"),
        // It says that all is well, and nothing is there (trap 4).
        ("exit 0".to_owned(), "lacks objects of the archive's list"),
        (
            format!("\"$REAL\" \"$@\"; echo '{error}  relation exists' >&2; exit 0"),
            "relation exists",
        ),
    ] {
        fresh_target(&target);
        tools.script("pg_restore", &only_into_a_database(&body));
        let output = lab.restore(&backup, "shop").renaming("shop_old").run();
        let result = lab.last_result();
        assert_eq!(
            (output.code, result["status"].as_str()),
            (1, "ERROR"),
            "{body}: {result:?}"
        );
        assert!(result["message"].contains(words), "{body}: {result:?}");
        assert!(
            result["message"].contains("\"shop_failed_")
                && result["message"].contains("nothing was dropped"),
            "{result:?}"
        );
        assert_previous(&target, &result["message"]);
        tools.script("pg_restore", "exec \"$REAL\" \"$@\"");
        lab.restore(&backup, "shop").succeed();
    }
    // What is known to do no harm is named, and is a warning.
    fresh_target(&target);
    let harmless = format!(
        "\"$REAL\" \"$@\"; echo '{error}  schema \"public\" already exists' >&2; echo 'Command was: CREATE SCHEMA public;' >&2; \
         echo 'pg_restore: warning: errors ignored on restore: 1' >&2; exit 1"
    );
    tools.script("pg_restore", &only_into_a_database(&harmless));
    let output = lab.restore(&backup, "shop").renaming("shop_old").run();
    let result = lab.last_result();
    assert_eq!(
        (output.code, result["status"].as_str()),
        (8, "WARNING"),
        "{result:?}"
    );
    assert!(result["message"].contains("harmless ("), "{result:?}");
}

#[test]
fn a_data_restore_that_fails_changes_nothing() {
    let target = Cluster::private(Version::Installed);
    let source = source();
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "DATA");
    target.psql("postgres", "CREATE DATABASE shop");
    target.psql(
        "shop",
        "CREATE TABLE t (n int CHECK (n < 15000), x text); INSERT INTO t VALUES (1, 'mine')",
    );
    let output = lab.restore(&backup, "shop").run();
    let result = lab.last_result();
    assert_eq!((output.code, result["status"].as_str()), (1, "ERROR"));
    assert!(
        result["message"].contains("everything was rolled back")
            && result["message"].contains("check constraint"),
        "{result:?}"
    );
    assert_eq!(target.psql("shop", "SELECT x FROM t").trim(), "mine");
}

#[test]
fn trap_10_sessions_of_the_existing_database_are_ended() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    fresh_target(&target);
    let mut holder = target
        .command("psql")
        .args(["--dbname=shop", "--command", "SELECT pg_sleep(600)"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until(DEADLINE, "a session in the database", || {
        let sessions = target.psql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop' AND query LIKE '%pg_sleep%'");
        (sessions.trim() == "1").then_some(())
    });
    lab.restore(&backup, "shop").renaming("shop_old").succeed();
    assert!(!holder.wait().unwrap().success());
    assert_previous(&target, "\"shop_old\"");
}

#[test]
fn a_second_run_beside_the_first_does_not_start_and_the_first_shows_how_far_it_is() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let mut lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let tools = FakeTools::instead_of(Version::Installed, &mut lab.lab.sandbox);
    let go = lab.sandbox().path().join("tmp/go");
    tools.script(
        "pg_restore",
        &format!(
            "case \"$*\" in *--dbname=*) \"$REAL\" \"$@\" || exit; until [ -e '{}' ]; do sleep 0.1; done; exit;; esac; exec \"$REAL\" \"$@\"",
            go.display()
        ),
    );
    let restore = lab.restore(&backup, "shop");
    let id = restore.register();
    let said = lab.sandbox().path().join("said-first");
    let mut first = Daemon::spawn(&mut restore.command(id), &said);
    // The list has the table, its data and its index.
    until(DEADLINE, "the catalogue shows that all is done", || {
        let shown = lab
            .sandbox()
            .catalogue()
            .psql("SELECT \"Progress\" FROM show_restores_in_progress");
        (shown.trim() == "3 of 3").then_some(())
    });
    let second = run(&mut restore.command(id), b"", DEADLINE);
    assert_eq!(second.code, 7, "{}", second.stderr);
    // The backup cannot be removed meanwhile.
    let lock = pgbackman_core::handoff::backup_lock::try_exclusive(
        backup.manifest_file.as_deref(),
        &backup.dump_file,
    );
    assert!(lock.unwrap().is_none());
    std::fs::write(&go, "").unwrap();
    assert_eq!(first.wait(DEADLINE), 0);
    let left = lab
        .sandbox()
        .catalogue()
        .psql("SELECT count(*) FROM run_in_progress");
    assert_eq!(left.trim(), "0");
}

#[test]
fn trap_6_a_script_of_a_whole_node_stops_at_its_first_error() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    // A row that the target's settings forbid: no look at the script shows that.
    source.psql_script(
        "shop",
        "SET app.ok = 'yes';\n\
         CREATE FUNCTION ok(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN IF current_setting(''app.ok'', true) = ''yes'' THEN \
         RETURN true; END IF; RAISE ''an obstacle''; END';\n\
         CREATE TABLE in_the_way (n int CHECK (public.ok(n))); INSERT INTO in_the_way VALUES (1);",
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("", "CLUSTER");
    let output = lab.restore(&backup, "").run();
    let result = lab.last_result();
    assert_eq!(
        (output.code, result["status"].as_str()),
        (1, "ERROR"),
        "{result:?}"
    );
    assert!(result["message"].contains("an obstacle"), "{result:?}");
    assert!(
        result["message"].contains("nothing was dropped"),
        "{result:?}"
    );
    // With the obstacle gone a second try works, whatever the first one has made.
    target.psql("postgres", "ALTER ROLE postgres SET app.ok TO 'yes'");
    lab.restore(&backup, "").succeed();
    assert_eq!(
        target.psql("shop", "SELECT count(*) FROM t").trim(),
        "20000"
    );
}
