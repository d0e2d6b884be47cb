//! The upgrade of a catalogue with very many backups.

use std::fs;
use std::time::Instant;

use super::OldServer;
use super::upgrade::dumps;

/// What 1.2 knew of every backup, as one number.
const FINGERPRINT: &str = "SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', bck_id, registered, def_id, \
    procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration, pg_dump_file, pg_dump_file_size, \
    pg_dump_roles_file, pg_dump_dbconfig_file, global_log_file, execution_status, error_message, role_list, \
    pgsql_node_release, pg_dump_release), 0)) FROM backup_catalog";

#[test]
fn a_hundred_thousand_backups_are_upgraded_in_place() {
    let server = OldServer::new();
    server.database.psql(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, \
             job_status) \
         SELECT 1, 1, 'db' || n, (n % 60)::text, (n % 24)::text, 'FULL', 'ACTIVE' FROM generate_series(1, 1000) AS n; \
         INSERT INTO backup_catalog (def_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
             pg_dump_file, pg_dump_file_size, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_file_size, \
             pg_dump_roles_log_file, pg_dump_dbconfig_file, pg_dump_dbconfig_file_size, pg_dump_dbconfig_log_file, \
             global_log_file, execution_status, execution_method, error_message, role_list, pgsql_node_release, \
             pg_dump_release) \
         SELECT d.def_id, n, 1, 1, d.dbname, t, t + interval '6 s', interval '6 s', f || '-DATABASE.sql', 2850 + n, \
             f || '-DATABASE.log', f || '-USERS.sql', 533, f || '-USERS.log', f || '-DBCONFIG.sql', 572, f || '-DBCONFIG.log', \
             '/var/log/pgbackman/pgbackman.log', CASE WHEN n % 20 = 0 THEN 'ERROR' ELSE 'SUCCEEDED' END, 'CRON', \
             CASE WHEN n % 20 = 0 THEN 'pg_dump returncode: 1' ELSE '' END, '{rw,ro}', '9.6', '9.6' \
         FROM backup_definition AS d, generate_series(1, 100) AS n, \
             LATERAL (SELECT timestamptz '2026-01-01 01:41+00' + n * interval '1 day') AS a (t), \
             LATERAL (SELECT '/srv/pgbackman/pgsql_node_1/dump/' || d.dbname || '-n1.example.net-v9_6-defid' || d.def_id \
                 || '-cFULL-' || to_char(t, 'YYYYMMDD\"T\"HH24MISS')) AS b (f) \
         WHERE d.dbname LIKE 'db%'",
    );
    let before = server.value(FINGERPRINT);
    assert!(before.starts_with("100006 "), "{before}");
    let started = Instant::now();
    server.setup(&["--upgrade"]).success();
    let with_dump = started.elapsed();
    assert_eq!(server.value(FINGERPRINT), before);
    let started = Instant::now();
    let said = server.setup(&["--upgrade"]).success();
    assert!(!said.contains("upgraded"), "{said}");
    eprintln!(
        "upgrade with its dump: {with_dump:.1?}; again: {:.1?}",
        started.elapsed()
    );
    let dump = fs::metadata(&dumps(&server.sandbox.home())[0])
        .unwrap()
        .len();
    eprintln!("the dump has {dump} bytes");
}
