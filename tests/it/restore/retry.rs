//! A target that cannot be reached when a failed restore is to be put right is put right later: by control, in pauses that grow,
//! or before the next restore. The catalogue says so, and then says where everything is.

use std::fs;
use std::path::PathBuf;

use nix::sys::signal::Signal;
use pgbackman_core::domain::ids::RestoreDefId;
use pgbackman_core::handoff::run;
use pgbackman_restore::step::Step;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::processes::is_stopped;
use pgbackman_tests::proxy::Proxy;
use pgbackman_tests::sandbox::{Daemon, Output, Sandbox};
use pgbackman_tests::wait::until;
use serde_json::Value;

use super::failures::{assert_previous, fresh_target, source};
use super::support::{Restore, RestoreLab};
use crate::dump::support::{DEADLINE, Lab};
use crate::dump::waiting::{waiting_below, waiting_restore};

fn record(lab: &RestoreLab<'_>, id: RestoreDefId) -> PathBuf {
    run::restore_path(&lab.sandbox().backup_root(), id)
}

/// What the record says last; `None`: there is none.
fn last_line(lab: &RestoreLab<'_>, id: RestoreDefId) -> Option<Value> {
    let text = fs::read_to_string(record(lab, id)).ok()?;
    let line = text.lines().rfind(|line| !line.is_empty())?;
    serde_json::from_str(line).ok()
}

/// Waits until a restore that was told to stand still at a step does so: its record names the step a moment before, and a SIGCONT
/// that came in between would be lost.
pub(super) fn wait_for_step(lab: &RestoreLab<'_>, id: RestoreDefId, step: Step, running: &Daemon) {
    until(DEADLINE, "the step", || {
        let is_reached = last_line(lab, id)?["step"] == step.name();
        (is_reached && is_stopped(running.pid())).then_some(())
    });
}

/// Control's pass over dead runs.
fn recover(lab: &RestoreLab<'_>) -> Output {
    let root = lab.sandbox().backup_root().display().to_string();
    lab.sandbox()
        .run_job("pgbackman_control", ["--recover-runs", &root])
}

/// The same when the pause is over: the record is made to say so.
pub(super) fn recover_when_due(lab: &RestoreLab<'_>, id: RestoreDefId) -> i32 {
    let mut said = last_line(lab, id).expect("the record has gone");
    assert!(said["still"]["next"].is_string(), "{said}");
    said["still"]["next"] = "2020-01-01T00:00:00Z".into();
    let mut text = fs::read_to_string(record(lab, id)).unwrap();
    text = format!("{text}\n{said}\n");
    fs::write(record(lab, id), text).unwrap();
    recover(lab).code
}

/// A restore whose target goes at a step and does not come back before it has ended.
fn target_goes(restore: &Restore<'_, '_>, target: &Cluster, step: Step) -> RestoreDefId {
    let lab = restore.lab;
    let id = restore.register();
    let said = lab.sandbox().path().join(format!("said-{id}"));
    let mut running = Daemon::spawn(&mut restore.observed(id, "STOP", step.name()), &said);
    wait_for_step(lab, id, step, &running);
    target.stop(StopMode::Immediate);
    running.signal(Signal::SIGCONT);
    assert_ne!(running.wait(DEADLINE), 0, "{step:?}");
    id
}

#[test]
fn trap_10_a_target_that_is_away_is_put_right_when_it_is_back() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    // These servers commit asynchronously: one that is stopped hard may have lost the new name, and is "shop" as before.
    for (step, back) in [
        (Step::Renamed, "its name \"shop\""),
        (Step::DatabaseMade, "its name \"shop\""),
        (Step::ContentsStarted, "now has the name \"shop_old\""),
    ] {
        fresh_target(&target);
        let results = lab.results();
        let id = target_goes(&restore, &target, step);
        let first = lab.last_result();
        for words in ["could not be undone", "tries again automatically"] {
            assert!(first["message"].contains(words), "{step:?}: {first:?}");
        }
        // It is not time, and then the target is still away: nothing changes but the record.
        assert_eq!(recover(&lab).code, 0, "{step:?}");
        assert_eq!(last_line(&lab, id).unwrap()["still"]["attempts"], 1);
        assert_eq!(recover_when_due(&lab, id), 1, "{step:?}");
        assert_eq!(last_line(&lab, id).unwrap()["still"]["attempts"], 2);
        assert_eq!(lab.last_result(), first);
        target.start();
        assert_eq!(recover_when_due(&lab, id), 0, "{step:?}");
        assert!(!record(&lab, id).exists());
        let put_right = lab.last_result();
        assert_eq!(put_right["run_uuid"], first["run_uuid"]);
        for words in [back, "by attempt 3", "nothing was dropped"] {
            assert!(
                put_right["message"].contains(words),
                "{step:?}: {put_right:?}"
            );
        }
        assert_previous(&target, &put_right["message"]);
        let shown = lab.sandbox().catalogue().psql(&format!(
            "SELECT \"Error message\" FROM show_restore_details WHERE restore_id = (SELECT restore_id FROM restore_catalog \
             WHERE run_uuid = '{}')",
            put_right["run_uuid"]
        ));
        assert!(shown.contains("undone later"), "{shown}");
        // Once, however often.
        assert_eq!(recover(&lab).code, 0);
        assert_eq!((lab.last_result(), lab.results()), (put_right, results + 1));
        fresh_target(&target);
        restore.succeed();
    }
}

#[test]
fn trap_10_a_killed_restore_whose_target_is_away_is_put_right_before_the_next_one() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    fresh_target(&target);
    let id = restore.register();
    let said = lab.sandbox().path().join("said");
    let step = Step::ContentsRecorded.name();
    let mut killed = Daemon::spawn(&mut restore.observed(id, "KILL", step), &said);
    killed.wait(DEADLINE);
    lab.lab.assert_nobody_survives();
    target.stop(StopMode::Immediate);
    assert_eq!(recover(&lab).code, 0);
    let first = lab.last_result();
    assert!(
        first["message"].contains("killed")
            && first["message"].contains("tries again automatically"),
        "{first:?}"
    );
    target.start();
    // Its own pause is not over, but another restore must not find the remains in its way.
    let next = lab.restore(&backup, "shop").run();
    assert_eq!(next.code, 0, "{}", next.stderr);
    assert!(!record(&lab, id).exists());
    let amended = lab.sandbox().catalogue().psql(&format!(
        "SELECT error_message FROM restore_catalog WHERE restore_def = {id}"
    ));
    assert!(amended.contains("undone later"), "{amended}");
    assert_previous(&target, &amended);
}

#[test]
fn trap_29_what_was_put_right_with_the_catalogue_away_is_told_once_whatever_comes_first() {
    let (source, target) = (source(), Cluster::private(Version::Installed));
    let catalogue = Cluster::shared(Version::Installed);
    let mut proxy = Proxy::unix(catalogue);
    let mut sandbox = Sandbox::new();
    sandbox.reach_catalogue_at(proxy.host(), catalogue.port());
    let lab = RestoreLab::of(Lab::of(sandbox, &source), &target);
    let backup = lab.backup("shop", "FULL");
    let restore = lab.restore(&backup, "shop").renaming("shop_old");
    fresh_target(&target);
    let id = target_goes(&restore, &target, Step::ContentsStarted);
    let before = waiting_below(&lab.sandbox().backup_root());
    assert!(before.is_empty(), "{before:?}");
    proxy.refuse();
    target.start();
    assert_eq!(recover_when_due(&lab, id), 0);
    let files = waiting_below(&lab.sandbox().backup_root());
    assert_eq!(files.len(), 1);
    let late = waiting_restore(&files[0]);
    assert_eq!(late.revision, 1);
    proxy.accept();
    let import = lab.sandbox().run_job("pgbackman_maintenance", ["--cron"]);
    assert!(
        waiting_below(&lab.sandbox().backup_root()).is_empty(),
        "{}",
        import.stderr
    );
    let result = lab.last_result();
    assert!(result["message"].contains("undone later"), "{result:?}");
    // The first word, arriving late, does not replace the last.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut first = late;
    first.revision = 0;
    first.error_message = Some("could not be undone".to_owned());
    runtime.block_on(async {
        let client = lab.sandbox().connect().await;
        pgbackman_core::catalogue::restores::restore_results::register_result(&client, &first)
            .await
            .unwrap();
    });
    assert_eq!((lab.last_result(), lab.results()), (result, 1));
}

#[tokio::test]
async fn trap_10_a_database_that_somebody_else_has_made_meanwhile_is_left_alone() {
    let target = Cluster::private(Version::Installed);
    target.psql("postgres", "CREATE DATABASE shop");
    target.psql("shop", "CREATE TABLE precious AS SELECT 42 AS n");
    let server = run::TargetServer {
        host: target.socket_dir().display().to_string(),
        port: target.port(),
        user: "postgres".to_owned(),
        application: None,
    };
    // It was about to make one of this name when it died.
    let about_to_make = |mark: Option<&str>| run::Changes {
        made: vec![run::Made {
            name: "shop".to_owned(),
            oid: None,
            aside: "shop_failed".to_owned(),
            mark: mark.map(str::to_owned),
        }],
        ..run::Changes::default()
    };
    let env = pgbackman_core::config::Environment::of_process();
    for mark in [None, Some("pgbackman_4711")] {
        let put = about_to_make(mark).put_right(&server, &env).await;
        assert!(put.done, "{put:?}");
        assert_eq!(
            put.said.contains("was not changed"),
            mark.is_none(),
            "{put:?}"
        );
        assert_eq!(target.psql("shop", "SELECT n FROM precious"), "42");
    }
    // An empty one of the name is not its own either; the one that has its mark is.
    target.psql("shop", "DROP TABLE precious");
    target.psql("postgres", "CREATE DATABASE pgbackman_4711");
    let put = about_to_make(Some("pgbackman_4711"))
        .put_right(&server, &env)
        .await;
    assert!(put.said.contains("is \"shop_failed\""), "{put:?}");
    let names = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname ~ 'shop|pgbackman'";
    assert_eq!(target.psql("postgres", names), "shop shop_failed");
}
