-- Clones, one row each, with where it stands.

CREATE VIEW show_clones AS
SELECT
    lpad(d.clone_id::text, greatest(8, length(d.clone_id::text)), '0') AS "CloneID",
    d.clone_id,
    d.registered AS "Registered",
    d.snapshot_id AS "SnapshotID",
    d.restore_def AS "RestoreDef",
    d.backup_server_id,
    s.fqdn AS "Backup server",
    d.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    d.dbname AS "DBname",
    d.target_pgsql_node_id,
    t.fqdn AS "Target PgSQL node",
    d.target_dbname AS "Target DBname",
    d.renamed_dbname AS "Renamed database",
    to_char(d.at_time, 'YYYYMMDDHH24MI') AS "AT time",
    CASE
        WHEN d.execution_status IS NOT NULL THEN d.execution_status
        WHEN snapshot.status = 'ERROR' OR restore.status = 'ERROR' THEN 'ERROR'
        WHEN EXISTS (SELECT FROM run_in_progress AS p WHERE p.restore_def = d.restore_def) THEN 'RESTORE RUNNING'
        WHEN d.restore_def IS NOT NULL THEN 'RESTORE WAITING'
        WHEN EXISTS (SELECT FROM run_in_progress AS p WHERE p.snapshot_id = d.snapshot_id) THEN 'SNAPSHOT RUNNING'
        ELSE 'SNAPSHOT WAITING'
    END AS "Status",
    CASE
        WHEN d.execution_status IS NOT NULL THEN d.error_message
        WHEN snapshot.status = 'ERROR' THEN 'The snapshot could not be given to at: ' || coalesce(snapshot.problem, '')
        WHEN restore.status = 'ERROR' THEN 'The restore could not be given to at: ' || coalesce(restore.error_message, '')
    END AS "Reason",
    d.finished AS "Finished",
    d.at_time,
    n.shown AS "PgSQL node in tables",
    t.shown AS "Target PgSQL node in tables",
    to_char(d.at_time, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') AS "AT time in tables"
FROM clone_definition AS d
JOIN backup_server AS s ON s.server_id = d.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = d.pgsql_node_id
JOIN pgsql_node_name AS t ON t.node_id = d.target_pgsql_node_id
LEFT JOIN snapshot_definition AS snapshot ON snapshot.snapshot_id = d.snapshot_id
LEFT JOIN restore_definition AS restore ON restore.restore_def = d.restore_def;
