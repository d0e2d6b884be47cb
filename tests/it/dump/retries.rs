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
    let mut command = job.command();
    command.args(["--requested-run", request]);
    run(&mut job.detached(&command), b"", DEADLINE)
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
    // The first one, which at still has, is withdrawn.
    let late = attempt(&job, "1");
    assert_eq!((late.code, late.stderr.as_str()), (0, ""));
    assert_eq!(waiting(&lab), "1|10");
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

#[test]
fn f3_an_attempt_that_waits_in_at_asks_whether_it_is_still_wanted() {
    let lab = Lab::new(Cluster::shared(Version::Installed));
    let job = failing(&lab);
    assert_eq!(job.run().code, 1);
    let catalogue = lab.sandbox.catalogue();
    // What control takes out of the queue of at, and may be too late for.
    catalogue.psql("ALTER TABLE backup_definition DISABLE TRIGGER ALL");
    for (stopped, words, mended) in [
        (
            "UPDATE backup_definition SET job_status = 'STOPPED'",
            "it is STOPPED",
            "UPDATE backup_definition SET job_status = 'ACTIVE'",
        ),
        (
            "UPDATE pgsql_node SET status = 'STOPPED'",
            "its PgSQL node is STOPPED",
            "UPDATE pgsql_node SET status = 'RUNNING'",
        ),
        (
            "SELECT start_maintenance_window(1, now() + interval '2 hours', '')",
            "its PgSQL node is in a maintenance window until 20",
            "SELECT end_maintenance_window(1)",
        ),
    ] {
        catalogue.psql(stopped);
        let refused = attempt(&job, "1");
        assert_eq!(
            (
                refused.code,
                refused.stderr.as_str(),
                refused.stdout.as_str()
            ),
            (0, "", ""),
            "{stopped}"
        );
        assert_eq!(lab.catalogued("execution_status"), ["ERROR"], "{stopped}");
        let log = lab.sandbox.log();
        let said = format!("backup definition {} is not run: {words}", job.id);
        assert!(log.contains(&said), "{log}");
        catalogue.psql(mended);
    }
    assert!(lab.records().is_empty());
    assert_eq!(attempt(&job, "1").code, 1);
    assert_eq!(lab.catalogued("execution_status"), ["ERROR"; 2]);
}

#[test]
fn f3_retry_policies_are_listed_with_the_retry_that_waits() {
    let lab = Lab::new(Cluster::shared(Version::Installed));
    let list = "show_retry_policies all all all";
    let shown = |format: &str| {
        lab.sandbox
            .run("pgbackman", ["-o", format, "-C", list])
            .success()
    };
    lab.define("without a policy", "FULL");
    let header = "def_id,backup_server_id,backup_server,pgsql_node_id,pgsql_node,dbname,status,retries,retry_after,next_retry";
    assert_eq!(shown("csv").trim(), header);
    let job = failing(&lab);
    let line = shown("csv");
    assert!(
        line.trim_end()
            .ends_with(",not there yet,ACTIVE,2,00:10:00,"),
        "{line}"
    );
    assert_eq!(job.run().code, 1);
    let line = shown("csv");
    assert_eq!(line.lines().count(), 2, "{line}");
    assert!(line.contains(",ACTIVE,2,00:10:00,20"), "{line}");
    let typed = shown("json2");
    assert!(typed.contains(r#""retry_after": 600"#), "{typed}");
    lab.sandbox
        .catalogue()
        .psql("UPDATE pgsql_node SET status = 'STOPPED'");
    let table = shown("table");
    assert!(table.contains("| ACTIVE (node stopped) |"), "{table}");
}
