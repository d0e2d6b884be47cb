//! KILL at every named step and at random moments: afterwards the catalogue is true, no final file is incomplete, nothing
//! that the run started is alive (traps 26a, 27).

use std::fs;
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pgbackman_dump::step::Step;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::run;
use pgbackman_tests::wait::until;

use super::job::Job;
use super::support::{DEADLINE, Lab};

/// What a shell reports of a program that SIGKILL ended.
const KILLED: i32 = 128 + 9;

/// The steps of a backup of code FULL, in order.
const FULL: [Step; 18] = [
    Step::RecordWritten,
    Step::GuardianStarted,
    Step::NodeReached,
    Step::FilesNamed,
    Step::SnapshotExported,
    Step::RolesWritten,
    Step::SettingsWritten,
    Step::DumpStarted,
    Step::DumpEnded,
    Step::AfterWritten,
    Step::ArchiveChecked,
    Step::FilesFlushed,
    Step::ManifestWritten,
    Step::ProgramsGone,
    Step::Publishing,
    Step::Renamed,
    Step::Published,
    Step::Reported,
];

/// The steps of a run that fails, beyond those above.
const FAILING: [Step; 2] = [Step::FailureRecorded, Step::FilesRemoved];

/// The steps that only a pause of replay has: see `standby`.
const PAUSING: [Step; 3] = [
    Step::ReplayPauseRecorded,
    Step::ReplayPaused,
    Step::ReplayResumed,
];

#[test]
fn every_step_is_one_that_a_test_kills_at() {
    let mut tested: Vec<Step> = FULL.into_iter().chain(FAILING).chain(PAUSING).collect();
    tested.sort();
    assert_eq!(tested, Step::ALL);
}

/// Kills a run at a step; asserts that the step was hit and that nobody survives.
pub(crate) fn kill_at(job: &Job<'_, '_>, step: Step) {
    let output = run(&mut job.observed("KILL", step.name()), b"", DEADLINE);
    assert_eq!(
        output.code,
        KILLED,
        "step {:?} was not reached: {}\n{}",
        step,
        output.stderr,
        job.lab.sandbox.log()
    );
    job.lab.assert_nobody_survives();
    let record = fs::read_to_string(pgbackman_core::handoff::run::path(
        &job.lab.sandbox.backup_root(),
        pgbackman_core::domain::backup::BackupOrigin::Definition(job.id),
    ))
    .unwrap();
    let last = record.lines().rfind(|line| !line.is_empty()).unwrap();
    assert!(
        last.contains(&format!("\"step\":\"{}\"", step.name())),
        "{step:?}: {last}"
    );
}

#[test]
fn trap_27_killed_at_any_step_of_a_full_backup() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT generate_series(1, 100) n");
    let lab = Lab::new(cluster);
    for (number, step) in FULL.into_iter().enumerate() {
        let job = lab.define(database.name(), "FULL");
        kill_at(&job, step);
        // The next run of the definition settles what the dead one left, then takes a backup of its own.
        job.succeed();
        let statuses = lab.catalogued("execution_status");
        assert_eq!(statuses.len(), 2 * (number + 1), "{step:?}");
        let of_the_killed = &statuses[2 * number];
        if step >= Step::Publishing {
            assert_eq!(of_the_killed, "SUCCEEDED", "{step:?}");
        } else {
            assert_eq!(of_the_killed, "ERROR", "{step:?}");
            let reason = &lab.catalogued("error_message")[2 * number];
            assert!(
                reason.contains(step.name()) && reason.contains("killed"),
                "{step:?}: {reason}"
            );
        }
        lab.assert_catalogue_is_true();
        assert!(
            lab.records().is_empty() && lab.pending().is_empty(),
            "{step:?}"
        );
    }
}

#[test]
fn killed_at_any_step_of_a_failing_backup() {
    let lab = Lab::new(Cluster::shared(Version::Installed));
    for (number, step) in FAILING.into_iter().enumerate() {
        let job = lab.define("no such database", "FULL");
        kill_at(&job, step);
        assert_eq!(job.run().code, 1);
        let reasons = lab.catalogued("error_message");
        assert_eq!(reasons.len(), 2 * (number + 1));
        // The reason is the run's own, not that it died.
        assert!(
            reasons
                .iter()
                .all(|reason| reason.contains("no such database")),
            "{reasons:?}"
        );
        lab.assert_catalogue_is_true();
    }
}

#[test]
fn trap_26a_a_killed_pg_dumpall_leaves_no_pg_dump_that_waits_for_a_lock() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t (n int)");
    let lab = Lab::new(&cluster);
    let job = lab.define("", "CLUSTER");
    let _blocker = Blocker::of(&cluster, database.name(), "t");
    let mut dump = job.spawn(&mut job.command());
    wait_until_blocked(&cluster);
    let alive = lab.alive();
    // The dump, its guardian, pg_dumpall, its shell, pg_dump: all of them hold the run's lock.
    assert!(
        alive.len() >= 5
            && alive
                .iter()
                .any(|line| line.contains("--guard-process-group")),
        "{alive:#?}"
    );
    dump.signal(Signal::SIGKILL);
    assert_eq!(dump.wait(DEADLINE), KILLED);
    lab.assert_nobody_survives();
    // The server notices that the client is gone while its statement waits.
    until(
        DEADLINE,
        "the end of the backend that waits for the lock",
        || (!is_blocked(&cluster)).then_some(()),
    );
    assert_eq!(lab.records().len(), 1);

    recover(&lab);
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(reason.contains("dump started"), "{reason}");
    lab.assert_catalogue_is_true();
    assert!(lab.dumped().is_empty(), "{:?}", lab.dumped());
}

#[test]
fn trap_26a_a_killed_parallel_dump_leaves_no_worker() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    // Enough for both workers to be busy until they are found.
    database.psql(
        "CREATE TABLE a AS SELECT md5(n::text) AS x FROM generate_series(1, 500000) n; CREATE TABLE b AS TABLE a",
    );
    let lab = Lab::new(&cluster);
    let job = lab.define_with(database.name(), "FULL", "-j 2");
    let mut dump = job.spawn(&mut job.observed("STOP", Step::DumpStarted.name()));
    // Their backends stand still, so that neither worker comes to an end by itself.
    let copying = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgbackman_dump %' AND query LIKE 'COPY %'";
    let backends = until(DEADLINE, "two workers that copy", || {
        let said = cluster.psql("postgres", copying);
        let backends: Vec<_> = said
            .lines()
            .map(|pid| Pid::from_raw(pid.trim().parse().unwrap()))
            .collect();
        (backends.len() == 2).then_some(backends)
    });
    for backend in &backends {
        kill(*backend, Signal::SIGSTOP).unwrap();
    }
    let workers = lab
        .alive()
        .iter()
        .filter(|line| line.contains("--jobs=2"))
        .count();
    assert_eq!(
        workers,
        3,
        "pg_dump and its two workers: {:#?}",
        lab.alive()
    );
    dump.signal(Signal::SIGKILL);
    assert_eq!(dump.wait(DEADLINE), KILLED);
    lab.assert_nobody_survives();
    for backend in &backends {
        kill(*backend, Signal::SIGCONT).unwrap();
    }
    recover(&lab);
    assert_eq!(lab.only_outcome().0, "ERROR");
    lab.assert_catalogue_is_true();
}

#[test]
fn trap_27_terminated_it_ends_everything_and_says_so() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    // The run itself does not lock a view; pg_dump waits for its definition.
    database.psql("CREATE VIEW v AS SELECT 1 AS n");
    let lab = Lab::new(&cluster);
    let blocker = Blocker::of(&cluster, database.name(), "v");
    for (number, (dbname, code)) in [("", "CLUSTER"), (database.name(), "FULL")]
        .into_iter()
        .enumerate()
    {
        let job = lab.define(dbname, code);
        let mut dump = job.spawn(&mut job.command());
        wait_until_blocked(&cluster);
        // A second run of the same definition does not start meanwhile, and nothing is registered for it.
        let second = job.run();
        assert_eq!(second.code, 7, "{}", second.stderr);
        assert!(
            lab.sandbox.log().contains("still in progress"),
            "{}",
            lab.sandbox.log()
        );
        assert_eq!(dump.terminate(DEADLINE), 9, "{}", lab.sandbox.log());
        lab.assert_nobody_survives();
        until(DEADLINE, "the end of the dump's backend", || {
            (!is_blocked(&cluster)).then_some(())
        });
        assert_eq!(lab.catalogued("execution_status").len(), number + 1);
        assert!(
            lab.catalogued("error_message")[number].contains("SIGTERM"),
            "{:?}",
            lab.catalogued("error_message")
        );
        assert!(lab.dumped().is_empty() && lab.records().is_empty());
        // The programs were asked first, so that they could cancel their statements.
        let logs = super::support::names_in(&lab.log_dir());
        let asked = logs.iter().filter(|name| {
            let log = fs::read_to_string(lab.log_dir().join(name)).unwrap();
            log.contains("terminated by user")
        });
        assert_eq!(asked.count(), number + 1, "{logs:?}");
    }
    drop(blocker);
}

#[test]
fn trap_27_killed_at_fifty_random_moments() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE a AS SELECT generate_series(1, 20000) n; CREATE TABLE b AS TABLE a; CREATE TABLE c AS TABLE a");
    let lab = Lab::new(&cluster);
    let jobs = [
        lab.define(database.name(), "FULL"),
        lab.define_with(database.name(), "FULL", "-j 2"),
        lab.define("", "CLUSTER"),
    ];
    let mut whole = jobs.each_ref().map(|job| {
        let started = Instant::now();
        job.succeed();
        started.elapsed()
    });
    let mut killed = 0;
    for number in 0..50 {
        let (job, whole) = (&jobs[number % jobs.len()], &mut whole[number % jobs.len()]);
        let moment = whole.mul_f64(rand::random::<f64>());
        // Some of them while pg_dump waits for a lock, also below pg_dumpall.
        let _blocker = (number % 7 == 0).then(|| Blocker::of(&cluster, database.name(), "a"));
        // Every run settles what the one before it left.
        let started = Instant::now();
        let mut dump = job.spawn(&mut job.command());
        // No guess at when something is done: the moment is the test.
        std::thread::sleep(moment);
        if dump.is_running() {
            dump.signal(Signal::SIGKILL);
        }
        if dump.wait(DEADLINE) == KILLED {
            killed += 1;
        } else {
            // The machine has less to do than when this was measured.
            *whole = started.elapsed().min(*whole).mul_f64(0.9);
        }
        lab.assert_nobody_survives();
    }
    assert!(killed >= 25, "only {killed} of 50 runs were hit");
    for job in &jobs {
        job.succeed();
    }
    lab.assert_catalogue_is_true();
    assert!(lab.records().is_empty() && lab.pending().is_empty());
    assert!(
        !lab.dumped().iter().any(|name| name.ends_with(".partial")),
        "{:?}",
        lab.dumped()
    );
}

/// What control's periodic pass does.
fn recover(lab: &Lab<'_>) {
    let root = lab.sandbox.backup_root().display().to_string();
    let output = lab
        .sandbox
        .run_job("pgbackman_control", ["--recover-runs", &root]);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    assert!(lab.records().is_empty());
}

/// A session that holds a table, so that no dump gets past it.
pub(super) struct Blocker<'c> {
    cluster: &'c Cluster,
    session: std::process::Child,
}

impl<'c> Blocker<'c> {
    pub(super) fn of(cluster: &'c Cluster, dbname: &str, table: &str) -> Self {
        let sql = format!("BEGIN; LOCK TABLE {table}; SELECT pg_sleep(300)");
        let session = cluster
            .command("psql")
            .args(["-X", "-q", "-d", dbname, "-c", &sql])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let held = "SELECT count(*) FROM pg_locks \
                    WHERE mode = 'AccessExclusiveLock' AND granted AND relation >= 16384";
        until(DEADLINE, "the lock on the table", || {
            (cluster.psql("postgres", held).trim() != "0").then_some(())
        });
        Self { cluster, session }
    }
}

impl Drop for Blocker<'_> {
    fn drop(&mut self) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE pid <> pg_backend_pid() AND query LIKE '%pg_sleep(300)%'";
        let _ = self
            .cluster
            .command("psql")
            .args(["-X", "-q", "-d", "postgres", "-c", end])
            .output();
        let _ = self.session.kill();
        let _ = self.session.wait();
    }
}

/// Whether a dump waits for a lock.
pub(super) fn is_blocked(cluster: &Cluster) -> bool {
    cluster
        .psql(
            "postgres",
            "SELECT count(*) FROM pg_locks WHERE NOT granted",
        )
        .trim()
        != "0"
}

pub(super) fn wait_until_blocked(cluster: &Cluster) {
    until(DEADLINE, "a dump that waits for the lock", || {
        is_blocked(cluster).then_some(())
    });
}
