//! Traps 16 and 18, with everything real: rows that no registration of today lets in stop nothing and run nothing.

use std::path::Path;

use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait;

use super::scene::{DEADLINE, Scene, verify};

#[test]
fn trap_16_and_18_bad_rows_stop_no_job_of_their_node_and_run_nothing() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new();
    let node = Cluster::private(Version::Installed);
    node.psql("postgres", "CREATE DATABASE good");
    let name = scene.register_node(&node);
    let trap = scene.sandbox.path().join("trap");
    let run_as_root = format!("* * * * * root touch {}", trap.display());
    // What an old catalogue, written without today's triggers, may hold: a schedule that cron refuses, lines within lines, commands that are too long.
    let with_newline = format!("*\n{run_as_root}");
    let too_long = format!("-T {}", "x".repeat(1_000));
    let bad_rows = [
        ("badfield", "99", "77", "foo", "", "", "FULL"),
        ("newline", "*", "*", &with_newline, "", "", "FULL"),
        ("remarks", "*", "*", "*", "", &run_as_root, "FULL"),
        ("parameters", "*", "*", "*", &with_newline, "", "FULL"),
        ("long", "*", "*", "*", &too_long, "", "FULL"),
        ("forbidden", "*", "*", "*", "--file=/etc/passwd", "", "FULL"),
    ];
    let catalogue = scene.sandbox.catalogue();
    for (dbname, minutes, hours, day, extra, remarks, code) in bad_rows {
        node.psql("postgres", &format!("CREATE DATABASE {dbname}"));
        catalogue.psql(&format!(
            "SET session_replication_role = replica; \
             INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, \
                 day_month_cron, backup_code, extra_backup_parameters, job_status, remarks) \
             VALUES (1, 1, '{dbname}', '{minutes}', '{hours}', '{day}', '{code}', '{extra}', 'ACTIVE', E'\\r\\n{remarks}\\n')"
        ));
    }
    catalogue.psql(&format!(
        "SET session_replication_role = replica; UPDATE pgsql_node_config SET value = E'dba@example.org\\n{run_as_root}\\n' WHERE parameter = 'logs_email'"
    ));
    scene.define(&name, "good", "FULL").success();

    let good = wait::until(DEADLINE, "the good definition's backup", || {
        scene
            .rows("SELECT * FROM backup_catalog WHERE dbname = 'good' ORDER BY bck_id")
            .into_iter()
            .next()
    });

    assert_eq!(good["execution_status"], "SUCCEEDED", "{good:#}");
    verify(&good);
    for dbname in ["badfield", "newline", "long"] {
        let row = &scene.rows(&format!(
            "SELECT problem FROM backup_definition WHERE dbname = '{dbname}'"
        ))[0];
        assert!(
            row["problem"]
                .as_str()
                .is_some_and(|problem| !problem.is_empty()),
            "{dbname}: {row}"
        );
    }
    // A line can carry these; the dump refuses them.
    for dbname in ["parameters", "forbidden"] {
        let sql = format!("SELECT * FROM backup_catalog WHERE dbname = '{dbname}' ORDER BY bck_id");
        let refused = wait::until(DEADLINE, format!("the refusal of {dbname}"), || {
            scene.rows(&sql).into_iter().next()
        });
        assert_eq!(refused["execution_status"], "ERROR", "{refused:#}");
        assert!(
            refused["error_message"]
                .as_str()
                .unwrap()
                .contains("parameter"),
            "{refused:#}"
        );
    }
    // These remarks are harmless: they are not part of a line.
    let row = &scene.rows("SELECT problem FROM backup_definition WHERE dbname = 'remarks'")[0];
    assert!(row["problem"].is_null(), "{row}");
    assert!(
        !Path::new(&trap).exists(),
        "cron ran a line that stood in the catalogue"
    );
    let jobs = scene.crontab();
    assert!(!jobs.contains("root touch"), "{jobs}");
}
