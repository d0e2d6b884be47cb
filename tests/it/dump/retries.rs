//! Failed runs that are tried again, by the definition's policy: never more often than it says, never twice, and not where something
//! else has come in between.

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::{Output, run};

use super::job::Job;
use super::support::{DEADLINE, Lab};

/// A lab with a definition of a database that does not exist, tried again twice.
fn failing<'l, 'c>(lab: &'l Lab<'c>) -> Job<'l, 'c> {
    let job = lab.define("not there yet", "FULL");
    lab.sandbox
        .shell(&format!("update_retry_policy {} 2 \"10 minutes\"", job.id))
        .success();
    job
}

/// `attempt|minutes until it is due` of the attempts that wait.
fn waiting(lab: &Lab<'_>) -> String {
    let said = lab.sandbox.catalogue().psql(
        "SELECT attempt || '|' || round(extract(epoch FROM at_time - now()) / 60) FROM requested_run
         WHERE run_uuid IS NULL AND status <> 'ERROR'",
    );
    said.trim().replace("|11", "|10")
}

fn attempt(job: &Job<'_, '_>, request: &str) -> Output {
    run(
        job.command().args(["--requested-run", request]),
        b"",
        DEADLINE,
    )
}

#[test]
fn a_failed_run_is_tried_again_as_often_as_the_policy_says_and_every_failure_stays() {
    let lab = Lab::new(Cluster::shared(Version::Installed));
    let job = failing(&lab);
    assert_eq!(job.run().code, 1);
    assert_eq!(waiting(&lab), "1|10");
    let listed = lab.sandbox.shell("show_backups_in_progress").success();
    assert!(listed.contains("attempt 2 at 20"), "{listed}");
    assert_eq!(attempt(&job, "1").code, 1);
    assert_eq!(waiting(&lab), "2|10");
    assert_eq!(attempt(&job, "2").code, 1);
    assert_eq!(waiting(&lab), "");
    assert_eq!(lab.catalogued("execution_status"), ["ERROR"; 3]);
    let alerts = lab
        .sandbox
        .catalogue()
        .psql("SELECT count(*) FROM alerts WHERE resolved IS NULL");
    assert_eq!(alerts.trim(), "3");
}

#[test]
fn an_attempt_that_succeeds_is_the_last_and_resolves_the_alert() {
    let cluster = Cluster::private(Version::Installed);
    let lab = Lab::new(&cluster);
    let job = failing(&lab);
    assert_eq!(job.run().code, 1);
    cluster.psql("postgres", "CREATE DATABASE \"not there yet\"");
    assert_eq!(attempt(&job, "1").code, 0, "{}", lab.sandbox.log());
    assert_eq!(waiting(&lab), "");
    assert_eq!(lab.catalogued("execution_status"), ["ERROR", "SUCCEEDED"]);
    let alerts = lab
        .sandbox
        .catalogue()
        .psql("SELECT count(*) FROM alerts WHERE resolved IS NULL");
    assert_eq!(alerts.trim(), "0");
}

#[test]
fn an_attempt_is_dropped_where_another_run_comes_first_or_the_definition_is_stopped() {
    let lab = Lab::new(Cluster::shared(Version::Installed));
    let job = failing(&lab);
    assert_eq!(job.run().code, 1);
    assert_eq!(waiting(&lab), "1|10");
    // cron's next run fails, too: one attempt waits, and it is the first after that run.
    assert_eq!(job.run().code, 1);
    assert_eq!(waiting(&lab), "1|10");
    let late = attempt(&job, "1");
    assert_eq!(waiting(&lab), "", "{}", late.stderr);
    assert_eq!(job.run().code, 1);
    assert_eq!(waiting(&lab), "1|10");
    lab.sandbox
        .catalogue()
        .psql("UPDATE backup_definition SET job_status = 'STOPPED'");
    assert_eq!(waiting(&lab), "");
    assert_eq!(job.run().code, 1);
    assert_eq!(waiting(&lab), "", "it is STOPPED");
}

#[test]
fn an_operators_run_takes_the_place_of_an_attempt_and_a_cancelled_run_is_not_tried_again() {
    let lab = Lab::new(Cluster::shared(Version::Installed));
    let job = failing(&lab);
    assert_eq!(job.run().code, 1);
    lab.sandbox
        .shell(&format!("backup_now {}", job.id))
        .success();
    assert_eq!(waiting(&lab), "0|0");
    let catalogue = lab.sandbox.catalogue();
    catalogue.psql("DELETE FROM requested_run");
    let cancelled = "00000000-0000-0000-0000-000000000001";
    catalogue.psql(&format!(
        "SELECT begin_backup_run('{cancelled}', {}, NULL, {}, {}, 1, now()); \
         UPDATE run_in_progress SET cancel_requested = now(), cancelled_by = 'ann'; \
         SELECT register_lost_run('{cancelled}', 'cancelled by ann')",
        job.id, lab.server_id, lab.node_id
    ));
    assert_eq!(lab.catalogued("execution_status"), ["ERROR"; 2]);
    assert_eq!(waiting(&lab), "");
}
