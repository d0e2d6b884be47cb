//! Maintenance windows: STOPPED until a time, RUNNING by itself, and nothing that was due in them is missed.

use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};

fn with_a_window() -> TestDatabase<'static> {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    database.psql(
        "SELECT register_backup_server('backup01', 'example.net', 'RUNNING', ''); \
         SELECT register_pgsql_node('node1', 'example.org', 5432, 'postgres', 'RUNNING', ''); \
         UPDATE pgsql_node SET status_since = '2020-01-01 00:00+00'; \
         SELECT start_maintenance_window(1, now() + interval '2 hours', 'storage')",
    );
    database
}

fn node(database: &TestDatabase<'_>) -> String {
    database
        .psql("SELECT status || '|' || (window_until IS NOT NULL) || '|' || (status_since >= now() - interval '1 hour') FROM pgsql_node")
        .trim()
        .to_owned()
}

fn report(database: &TestDatabase<'_>, as_of: &str) {
    database.psql(&format!(
        "SELECT note_sign_of_life(1, 'maintenance', '2.0.0', 1, interval '1 s', interval '5 minutes', '{{}}', {as_of})"
    ));
}

#[test]
fn a_window_ends_by_itself_with_the_report_of_any_daemon_and_what_was_due_in_it_is_not_missed() {
    let database = with_a_window();
    assert_eq!(node(&database), "STOPPED|true|true");
    report(&database, "now() + interval '119 minutes'");
    assert_eq!(node(&database), "STOPPED|true|true", "before its time");
    database.psql("UPDATE pgsql_node SET status_since = '2020-01-01 00:00+00'");
    report(&database, "now() + interval '2 hours'");
    // Nothing was due before: missed runs are counted from there.
    assert_eq!(node(&database), "RUNNING|false|true");
}

#[test]
fn whoever_makes_the_node_running_ends_the_window_and_other_changes_do_not() {
    let database = with_a_window();
    database.psql("SELECT update_pgsql_node(1, 5433, 'postgres', 'STOPPED', 'x')");
    assert_eq!(node(&database), "STOPPED|true|true");
    database.psql("SELECT update_pgsql_node(1, 5433, 'postgres', 'RUNNING', 'x')");
    assert_eq!(node(&database), "RUNNING|false|true");
}

#[test]
fn a_node_that_an_operator_has_stopped_stays_so() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    database.psql(
        "SELECT register_backup_server('backup01', 'example.net', 'RUNNING', ''); \
         SELECT register_pgsql_node('node1', 'example.org', 5432, 'postgres', 'STOPPED', '')",
    );
    report(&database, "now() + interval '1 year'");
    assert_eq!(
        database.psql("SELECT status FROM pgsql_node").trim(),
        "STOPPED"
    );
}
