//! Dumps of a standby: replay is paused while it is dumped, and always resumed (traps 28, 28a).

use nix::sys::signal::Signal;
use pgbackman_dump::step::Step;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait::until;

use super::kills::kill_at;
use super::support::{DEADLINE, Lab};

fn is_paused(standby: &Cluster) -> bool {
    standby
        .psql("postgres", "SELECT pg_is_wal_replay_paused()")
        .trim()
        == "t"
}

fn lab_on(standby: &Cluster) -> Lab<'_> {
    let mut lab = Lab::new(standby);
    lab.sandbox.configure(
        "pgbackman_dump",
        "pause_recovery_process_on_slave",
        "\"ON\"",
    );
    lab
}

#[test]
fn trap_28_replay_is_paused_for_the_dump_and_goes_on_afterwards_also_after_a_kill() {
    let primary = Cluster::private(Version::Installed);
    primary.psql("postgres", "CREATE TABLE t AS SELECT 1 AS n");
    let standby = primary.standby();
    primary.wait_for_replay(&standby);
    let lab = lab_on(&standby);
    let job = lab.define("postgres", "FULL");

    let mut dump = job.spawn(&mut job.observed("STOP", Step::DumpStarted.name()));
    until(DEADLINE, "a pause of replay", || {
        is_paused(&standby).then_some(())
    });
    until(DEADLINE, "the end of the dump", || {
        dump.signal(Signal::SIGCONT);
        (!dump.is_running()).then_some(())
    });
    assert_eq!(dump.wait(DEADLINE), 0, "{}", lab.sandbox.log());
    assert!(!is_paused(&standby), "replay was not resumed");

    for step in [
        Step::ReplayPauseRecorded,
        Step::ReplayPaused,
        Step::DumpEnded,
        Step::ReplayResumed,
    ] {
        kill_at(&job, step);
        assert_eq!(
            is_paused(&standby),
            matches!(step, Step::ReplayPaused | Step::DumpEnded),
            "{step:?}"
        );
        let root = lab.sandbox.backup_root().display().to_string();
        let recovery = lab
            .sandbox
            .run_job("pgbackman_control", ["--recover-runs", &root]);
        assert_eq!(recovery.code, 0, "{}{}", recovery.stdout, recovery.stderr);
        assert!(!is_paused(&standby), "{step:?}: replay was not resumed");
        assert!(lab.records().is_empty());
    }
    job.succeed();
    lab.assert_catalogue_is_true();
    assert!(!is_paused(&standby));
}

#[test]
fn trap_28_a_pause_that_somebody_else_has_made_stays() {
    let primary = Cluster::private(Version::Installed);
    let standby = primary.standby();
    let lab = lab_on(&standby);
    standby.psql("postgres", "SELECT pg_wal_replay_pause()");
    lab.define("postgres", "FULL").succeed();
    assert!(is_paused(&standby), "a pause that was not ours was ended");
}

#[test]
fn trap_28a_the_last_of_two_dumps_resumes() {
    let primary = Cluster::private(Version::Installed);
    primary.psql("postgres", "CREATE TABLE t AS SELECT 1 AS n");
    let standby = primary.standby();
    primary.wait_for_replay(&standby);
    let (first_lab, second_lab) = (lab_on(&standby), lab_on(&standby));
    let (first, second) = (
        first_lab.define("postgres", "FULL"),
        second_lab.define("postgres", "FULL"),
    );
    let mut long = first.spawn(&mut first.observed("STOP", Step::SnapshotExported.name()));
    until(DEADLINE, "a pause of replay", || {
        is_paused(&standby).then_some(())
    });
    second.succeed();
    assert!(is_paused(&standby), "the first dump still needs the pause");
    until(DEADLINE, "the end of the first dump", || {
        long.signal(Signal::SIGCONT);
        (!long.is_running()).then_some(())
    });
    assert_eq!(long.wait(DEADLINE), 0, "{}", first_lab.sandbox.log());
    assert!(!is_paused(&standby), "nobody resumed replay");
}

#[test]
fn a_node_that_ends_sessions_that_rest_ends_none_of_a_backup() {
    let primary = Cluster::private(Version::V18);
    for limit in [
        "idle_session_timeout",
        "idle_in_transaction_session_timeout",
        "transaction_timeout",
    ] {
        primary.psql("postgres", &format!("ALTER SYSTEM SET {limit} = '500ms'"));
    }
    let standby = primary.standby();
    let lab = lab_on(&standby);
    let job = lab.define("postgres", "FULL");
    let mut dump = job.spawn(&mut job.observed("STOP", Step::DumpStarted.name()));
    until(
        DEADLINE,
        "sessions that have rested beyond the limits",
        || {
            let rested = standby.psql(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbackman_dump' AND state LIKE 'idle%' \
             AND clock_timestamp() - state_change > '2s'",
        );
            // That of the pause, that of the locks, and that of the snapshot.
            (rested == "3").then_some(())
        },
    );
    until(DEADLINE, "the end of the dump", || {
        dump.signal(Signal::SIGCONT);
        (!dump.is_running()).then_some(())
    });
    assert_eq!(dump.wait(DEADLINE), 0, "{}", lab.sandbox.log());
    lab.assert_catalogue_is_true();
    assert!(!is_paused(&standby), "replay was not resumed");
}

#[test]
fn without_the_setting_a_standby_is_dumped_while_it_replays() {
    let primary = Cluster::private(Version::Installed);
    let standby = primary.standby();
    let lab = Lab::new(&standby);
    lab.define("postgres", "FULL").succeed();
    lab.define("", "CLUSTER").succeed();
    assert_eq!(lab.assert_only_complete_backups().len(), 2);
}

#[test]
fn rows_of_unlogged_tables_that_a_standby_does_not_have_are_named() {
    let primary = Cluster::private(Version::Installed);
    primary.psql(
        "postgres",
        "CREATE UNLOGGED TABLE fleeting AS SELECT 1 AS n; CREATE TABLE t AS SELECT 1 AS n",
    );
    let standby = primary.standby();
    primary.wait_for_replay(&standby);
    let lab = lab_on(&standby);
    assert_eq!(lab.define("postgres", "FULL").run().code, 8);
    let reason = &lab.catalogued("error_message")[0];
    assert!(
        reason.contains("unlogged tables") && reason.contains("fleeting"),
        "{reason}"
    );
    // What has no rows lacks none.
    lab.define("postgres", "SCHEMA").succeed();
}
