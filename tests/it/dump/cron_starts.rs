//! cron starts one definition several times for the same time of its schedule, as in the hour that summer time skips (C9).

use std::process::Command;

use pgbackman_dump::step::Step;
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::{Output, Sandbox, run};
use pgbackman_tests::simulated;

use super::job::Job;
use super::support::{DEADLINE, Lab};

/// 02:00 to 03:00 is skipped on 29 March 2026, at 01:00 UTC.
const ZONE: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
const SCHEDULE: &str = "0,30 2 * * *";
const JUMP: &str = "2026-03-29T01:00:00Z";

/// A definition of a database of its own.
fn define<'l, 'c>(lab: &'l Lab<'c>, database: &str) -> Job<'l, 'c> {
    lab.define(database, "FULL")
}

/// Starts a run as cron does, without a terminal, at this time; or now.
pub(super) fn start(job: &Job<'_, '_>, command: &Command, now: Option<&str>) -> Output {
    let mut detached = job.detached(command);
    detached.args(["--cron-schedule", SCHEDULE]).env("TZ", ZONE);
    if let Some(now) = now {
        detached.env(simulated::NOW, now);
    }
    run(&mut detached, b"", DEADLINE)
}

pub(super) fn by_cron(job: &Job<'_, '_>, now: &str) -> Output {
    start(job, &at_a_time(job), Some(now))
}

/// The program whose clock a test sets.
fn at_a_time(job: &Job<'_, '_>) -> Command {
    let mut command = job.lab.sandbox.job_command("pgbackman_dump_observed");
    command.args(job.args());
    command
}

#[track_caller]
fn assert_repeated(output: &Output, job: &Job<'_, '_>) {
    assert_eq!(output.code, 7, "{}", output.stderr);
    assert!(
        output.stderr.contains("has already taken the backup"),
        "{}",
        output.stderr
    );
    let log = job.lab.sandbox.log();
    assert!(
        log.contains(SCHEDULE) && log.contains("has already taken the backup"),
        "{log}"
    );
}

#[test]
fn c9_the_times_of_a_skipped_hour_are_one_backup_and_no_other_start_is_lost() {
    let cluster = Cluster::shared(Version::Installed);
    let (database, second) = (cluster.database(), cluster.database());
    let lab = Lab::new(cluster);
    let (job, other) = (define(&lab, database.name()), define(&lab, second.name()));
    let backups = || lab.assert_only_complete_backups().len();
    assert_eq!(by_cron(&job, JUMP).code, 0, "{}", lab.sandbox.log());
    // The second one ten seconds later, and, where much else was skipped, minutes later.
    assert_repeated(&by_cron(&job, "2026-03-29T01:00:10Z"), &job);
    assert_repeated(&by_cron(&job, "2026-03-29T01:05:00Z"), &job);
    assert_eq!(backups(), 1);
    assert!(lab.records().is_empty());

    // Another definition in the same minute is another backup.
    assert_eq!(by_cron(&other, "2026-03-29T01:00:10Z").code, 0);
    assert_eq!(backups(), 2);
    // So is the same one where somebody asks for it: without the schedule, or at a terminal.
    job.succeed();
    assert_eq!(backups(), 3);
    let mut command = at_a_time(&job);
    command
        .args(["--cron-schedule", SCHEDULE])
        .env("TZ", ZONE)
        .env(simulated::NOW, "2026-03-29T01:00:20Z");
    assert_eq!(Pty::spawn(&command, 24, 80).wait(DEADLINE), Some(0));
    assert_eq!(backups(), 4);
    // Neither has stood for what cron starts next, and the clock may have been set back.
    for now in ["2026-03-30T00:00:00Z", "2026-03-30T00:30:00Z", JUMP] {
        assert_eq!(by_cron(&job, now).code, 0, "{now}: {}", lab.sandbox.log());
    }
    assert_eq!(backups(), 7);
}

#[test]
fn c9_a_run_that_died_or_failed_stands_for_nothing() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = define(&lab, database.name());
    let killed = start(&job, &job.observed("KILL", Step::FilesFlushed.name()), None);
    assert_ne!(killed.code, 0);
    // Its guardian ends a moment later, and until then a start finds the run still going on.
    job.lab.assert_nobody_survives();
    let nowhere = Job {
        port: 1,
        ..Job::known(&lab, job.id, database.name(), "FULL")
    };
    assert_eq!(start(&nowhere, &nowhere.command(), None).code, 1);
    assert_eq!(start(&job, &job.command(), None).code, 0);
    assert_eq!(lab.assert_only_complete_backups().len(), 1);
}

#[test]
fn c9_a_run_that_died_after_its_backup_was_noted_is_registered_by_the_second_start() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = define(&lab, database.name());
    let killed = start(&job, &job.observed("KILL", Step::Reported.name()), None);
    assert_ne!(killed.code, 0);
    lab.assert_nobody_survives();
    assert_eq!(lab.records().len(), 1);
    assert_repeated(&start(&job, &job.command(), None), &job);
    assert!(lab.records().is_empty());
    assert_eq!(lab.assert_only_complete_backups().len(), 1);
    assert_eq!(lab.catalogued("execution_status"), ["SUCCEEDED"]);
}

#[test]
fn c9_the_second_start_is_known_while_the_catalogue_is_away() {
    let catalogue = Cluster::private(Version::Installed);
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::of(Sandbox::on(&catalogue), cluster);
    let job = define(&lab, database.name());
    catalogue.stop(StopMode::Fast);
    assert_eq!(by_cron(&job, JUMP).code, 0, "{}", lab.sandbox.log());
    assert_repeated(&by_cron(&job, "2026-03-29T01:00:10Z"), &job);
    assert_eq!(lab.pending().len(), 1);
    catalogue.start();
}
