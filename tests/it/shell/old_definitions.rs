//! Definitions that cron would refuse.

use super::fleet::Fleet;

#[test]
fn trap_16_an_old_definition_with_fields_that_nobody_could_register_is_stopped() {
    let fleet = Fleet::with_databases(&["Orders"]);
    // As 1.x has stored it.
    fleet.sandbox.catalogue().psql(
        "ALTER TABLE backup_definition DISABLE TRIGGER check_backup_definition; \
         INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, \
         extra_backup_parameters, job_status) VALUES (1, 1, 'Orders', '99 77 foo', '2', 'FULL', '--file=/tmp/x', 'ACTIVE'); \
         ALTER TABLE backup_definition ENABLE TRIGGER check_backup_definition",
    );
    let row = || {
        fleet.query(
            "SELECT minutes_cron, hours_cron, extra_backup_parameters, job_status, remarks FROM backup_definition",
        )
    };
    let update = |status: &str, remarks: &str| {
        format!("update_backup_definition 1 '' '' '' '' '' '' '' '' '{status}' '{remarks}'")
    };
    fleet.shell(&update("STOPPED", "of 1.x"));
    assert_eq!(row(), "99 77 foo|2|--file=/tmp/x|STOPPED|of 1.x");
    // It runs again only with what cron and pg_dump take.
    fleet.refused(&update("ACTIVE", ""));
    fleet.refused("update_backup_definition 1 '' 3 '' '' '' '' '' '' STOPPED ''");
    assert_eq!(row(), "99 77 foo|2|--file=/tmp/x|STOPPED|of 1.x");
    fleet.shell("update_backup_definition 1 9 3 '' '' '' '' '' '#empty#' ACTIVE ''");
    assert_eq!(row(), "9|3||ACTIVE|of 1.x");
}

#[test]
fn trap_18_a_definition_is_not_moved_to_where_its_line_is_too_long_for_cron() {
    let fleet = Fleet::new();
    fleet.shell("register_backup_server backup02 example.net ''");
    let long = "-T log ".repeat(90);
    fleet.query(&format!(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, \
             job_status, extra_backup_parameters) VALUES (1, 1, 'A', '1', '2', 'FULL', 'ACTIVE', '{long}')"
    ));
    fleet.query(&format!(
        "UPDATE backup_server_config SET value = '/srv/{}' \
         WHERE server_id = 2 AND parameter = 'root_backup_partition'",
        "long/".repeat(60)
    ));
    let said = fleet.refused("move_backup_definition 1 2 all all ''");
    assert!(
        said.contains("No backup definition was moved") && said.contains("998"),
        "{said}"
    );
    assert_eq!(
        fleet.query("SELECT backup_server_id FROM backup_definition"),
        "1"
    );
    fleet.query("UPDATE backup_definition SET job_status = 'STOPPED'");
    fleet.shell("move_backup_definition 1 2 all all ''");
}
