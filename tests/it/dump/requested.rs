//! A run that somebody asked for: once for each request, refused where it cannot be.

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::run;

use super::support::{DEADLINE, Lab};

#[test]
fn a_requested_run_is_made_once_also_where_the_catalogue_does_not_know_of_it_yet() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = lab.define(database.name(), "FULL");
    lab.sandbox
        .catalogue()
        .psql(&format!("SELECT request_run({}, 'ann')", job.id));
    let start = || run(job.command().args(["--requested-run", "1"]), b"", DEADLINE);
    assert_eq!(start().code, 0, "{}", lab.sandbox.log());
    let again = start();
    assert_eq!(again.code, 7);
    assert!(
        again.stderr.contains("requested run 1 of definition"),
        "{}",
        again.stderr
    );
    assert_eq!(lab.catalogued("execution_method"), ["AT"]);
    let known = "SELECT count(*) FROM requested_run AS q JOIN backup_catalog AS c USING (run_uuid)";
    assert_eq!(lab.sandbox.catalogue().psql(known).trim(), "1");
    lab.assert_only_complete_backups();
}

#[test]
fn a_request_is_refused_in_words_where_no_run_can_come_of_it() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = lab.define(database.name(), "FULL");
    let catalogue = lab.sandbox.catalogue();
    let command = format!("backup_now {}", job.id);
    let refused = |change: &str, back: &str, why: &str| {
        catalogue.psql(change);
        let said = lab.sandbox.shell(&command).failure();
        assert!(said.contains(why), "{said}");
        catalogue.psql(back);
    };
    refused(
        "UPDATE pgsql_node SET status = 'STOPPED'",
        "UPDATE pgsql_node SET status = 'RUNNING'",
        "is STOPPED: no backup of it is started",
    );
    refused(
        "UPDATE backup_definition SET job_status = 'DELETED'",
        "UPDATE backup_definition SET job_status = 'STOPPED'",
        "does not exist any more (DELETED)",
    );
    refused(
        &format!(
            "SELECT begin_backup_run('00000000-0000-0000-0000-000000000001', {}, NULL, {}, {}, 1, now())",
            job.id, lab.server_id, lab.node_id
        ),
        "DELETE FROM run_in_progress",
        "is in progress",
    );
    // A STOPPED definition can be run.
    lab.sandbox.shell(&command).success();
    let listed = lab.sandbox.shell("show_backups_in_progress").success();
    assert!(listed.contains("requested"), "{listed}");
}
