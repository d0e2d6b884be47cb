//! `backup_now`: a run of a definition that `at` starts, once.

use pgbackman_tests::namespace;
use pgbackman_tests::wait;

use super::scene::{Account, DEADLINE, Scene};

/// A definition whose time never comes.
fn definition(scene: &Scene) -> i64 {
    let said = scene.sql(
        "INSERT INTO backup_definition (
             backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, day_month_cron, month_cron, backup_code,
             retention_period, retention_redundancy, extra_backup_parameters, job_status
         )
         VALUES (1, 1, 'shop', '0', '0', '31', '2', 'FULL', '7 days', 1, '', 'ACTIVE') RETURNING def_id",
    );
    said.lines().next().unwrap().trim().parse().unwrap()
}

#[test]
fn finding_8_backup_now_is_one_run_of_the_definition() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let definition = definition(&scene);
    let command = format!("backup_now {definition}");
    let said = scene.sandbox.shell(&command).success();
    assert!(
        said.contains("requested.") && said.contains("[WARNING]: pgbackman_control on "),
        "{said}"
    );
    let again = scene.sandbox.shell(&command).failure();
    assert!(again.contains("is requested already"), "{again}");
    for _ in 0..2 {
        scene.once().success();
    }
    assert_eq!(scene.queue().len(), 1);
    let _atd = scene.inside.start_atd();
    wait::until(DEADLINE, "a backup of the definition", || {
        let count = scene.sql("SELECT count(*) FROM backup_catalog");
        (count.trim() == "1" && scene.queue().is_empty()).then_some(())
    });
    for _ in 0..2 {
        scene.once().success();
    }
    assert!(scene.queue().is_empty());
    let rows = scene.rows(
        "SELECT c.def_id, c.execution_status, c.execution_method, q.run_uuid = c.run_uuid AS is_of_request,
             l.started = c.started AS is_last_run
         FROM backup_catalog AS c JOIN requested_run AS q USING (def_id) JOIN definition_last_run AS l USING (def_id)",
    );
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["def_id"], definition);
    assert_eq!(rows[0]["execution_status"], "SUCCEEDED");
    assert_eq!(rows[0]["execution_method"], "AT");
    assert_eq!(rows[0]["is_of_request"], true);
    assert_eq!(rows[0]["is_last_run"], true);
    // The next one is another request.
    scene.sandbox.shell(&command).success();
}
