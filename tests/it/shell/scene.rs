//! A catalogue with rows in every list that the shell shows, named as badly as names can be.

use super::fleet::{Fleet, quote};

/// A fleet whose node 1 has databases of these names without definitions, and whose catalogue has definitions, backups,
/// snapshots and restores of them on node 2. Remarks, roles and messages are the names too.
pub(super) fn with_rows_everywhere(names: &[&str]) -> Fleet {
    let fleet = Fleet::with_databases(names);
    fleet.shell("register_backup_server backup02 example.net ''");
    fleet.shell("register_pgsql_node pg-node02 example.net 5432 postgres STOPPED ''");
    fleet.query(
        "INSERT INTO pgsql_node_question (pgsql_node_id, kind, backup_server_id, question)
         VALUES (2, 'another_cluster', 1, 'Is it, \"really\"?')",
    );
    fleet.query("UPDATE pgsql_node SET window_until = now() + interval '1 day' WHERE node_id = 2");
    for (number, name) in (1..).zip(names) {
        fleet.shell(&format!("update_backup_server 2 {}", quote(name)));
        fleet.query(&rows_for(number, name));
    }
    fleet.query("UPDATE backup_definition SET retry_times = 2, retry_after = '15 minutes' WHERE minutes_cron = '2'");
    fleet
}

/// Two definitions, the second without backups, a snapshot with and one without its backup, and restores likewise.
fn rows_for(number: usize, name: &str) -> String {
    let name = format!("'{}'", name.replace('\'', "''"));
    format!(
        "WITH definition AS (
             INSERT INTO backup_definition (
                 backup_server_id, pgsql_node_id, dbname, minutes_cron, backup_code, extra_backup_parameters, job_status,
                 remarks
             )
             SELECT 1, 2, {name}, minute, 'FULL', {name}, 'ACTIVE', {name} FROM unnest('{{1,2}}'::text[]) AS minute
             RETURNING def_id, minutes_cron
         ), run AS (
             INSERT INTO run_in_progress (run_uuid, def_id, backup_server_id, pgsql_node_id, procpid, started, phase)
             SELECT gen_random_uuid(), def_id, 1, 2, 1, now(), 'dumping' FROM definition WHERE minutes_cron = '2'
         ), snapshot AS (
             INSERT INTO snapshot_definition (
                 backup_server_id, pgsql_node_id, dbname, at_time, backup_code, extra_backup_parameters, status, remarks
             )
             SELECT 1, 2, {name}, now() - days * interval '1 day', 'FULL', {name}, 'DEFINED', {name}
             FROM generate_series(1, 2) AS days
             RETURNING snapshot_id, at_time
         ), clone AS (
             INSERT INTO clone_definition (
                 backup_server_id, pgsql_node_id, dbname, target_pgsql_node_id, target_dbname, at_time, execution_status,
                 error_message
             )
             VALUES (1, 2, {name}, 2, {name}, now(), 'ERROR', {name})
         ), backup AS (
             INSERT INTO backup_catalog (
                 bck_id, def_id, snapshot_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration,
                 pg_dump_file, pg_dump_file_size, global_log_file, execution_status, execution_method, error_message,
                 role_list
             )
             SELECT {number}, def_id, NULL, 1, 1, 2, {name}, now(), now(), interval '1 s', '/srv/' || {name}, 1, '/log', 'ERROR',
                 'CRON', {name}, ARRAY[{name}]
             FROM definition WHERE minutes_cron = '1'
             UNION ALL
             SELECT {number} + 1000, NULL, max(snapshot_id), 1, 1, 2, {name}, now(), now(), interval '1 s', NULL, NULL, '/log',
                 'SUCCEEDED', 'AT', NULL, NULL
             FROM snapshot
             RETURNING bck_id
         ), restore AS (
             INSERT INTO restore_definition (
                 restore_def, bck_id, backup_server_id, target_pgsql_node_id, target_dbname, renamed_dbname,
                 extra_restore_parameters, at_time, status
             )
             SELECT bck_id, bck_id, 1, 2, {name}, {name}, {name}, now() - bck_id * interval '1 minute', 'DEFINED'
             FROM backup
             RETURNING restore_def
         )
         INSERT INTO restore_catalog (
             restore_id, restore_def, procpid, backup_server_id, target_pgsql_node_id, source_dbname, target_dbname,
             renamed_dbname, started, finished, duration, restore_log_file, global_log_file, execution_status,
             error_message, role_list
         )
         SELECT restore_def, restore_def, 1, 1, 2, {name}, {name}, {name}, now(), now(), interval '1 s', '/srv/' || {name}, '/log',
             'ERROR', {name}, ARRAY[{name}]
         FROM restore WHERE restore_def < 1000"
    )
}
