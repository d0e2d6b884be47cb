//! Trap 18a, with everything real: catalogue, control, cron, dump.

use chrono::{Datelike as _, Utc};
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};

use super::scene::{Scene, verify};

#[test]
fn trap_18a_the_first_and_the_last_of_ten_thousand_definitions_are_started_by_cron() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new();
    let node = Cluster::private(Version::Installed);
    node.psql("postgres", "CREATE DATABASE first");
    node.psql("postgres", "CREATE DATABASE last");
    let name = scene.register_node(&node);
    scene.define(&name, "first", "FULL").success();
    // 9 998 that are due in half a year, each at a minute of its own.
    let month = (Utc::now().month0() + 6) % 12 + 1;
    scene.sandbox.catalogue().psql(&format!(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, \
             day_month_cron, month_cron, backup_code, job_status, remarks) \
         SELECT backup_server_id, pgsql_node_id, 'first', (n % 60)::text, (n / 60 % 24)::text, (n / 1440 + 1)::text, \
             '{month}', 'FULL', 'ACTIVE', '' \
         FROM backup_definition, generate_series(1, 9998) AS n"
    ));
    scene.define(&name, "last", "FULL").success();

    let jobs = scene.wait_for_jobs(10_000);
    assert!(jobs[0].contains("--dbname first") && jobs[9_999].contains("--dbname last"));
    let files = std::fs::read_dir(scene.sandbox.crontab_dir())
        .unwrap()
        .count();
    assert_eq!(files, 2, "5 000 jobs in each");

    let backups = scene.wait_for_backups(2);
    let names: Vec<_> = backups
        .iter()
        .map(|backup| backup["dbname"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["first", "last"]);
    backups.iter().for_each(verify);
}
