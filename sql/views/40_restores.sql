-- Restores. The columns of 1.x in their order, then what is new.

CREATE VIEW show_restore_definitions AS
SELECT
    lpad(r.restore_def::text, greatest(8, length(r.restore_def::text)), '0') AS "RestoreDef",
    r.registered AS "Registered",
    r.bck_id AS "BckID",
    r.backup_server_id,
    s.fqdn AS "Backup server",
    r.target_pgsql_node_id,
    n.fqdn AS "Target PgSQL node",
    r.target_dbname AS "Target DBname",
    r.renamed_dbname AS "Renamed database",
    to_char(r.at_time, 'YYYYMMDDHH24MI') AS "AT time",
    r.extra_restore_parameters AS "Extra parameters",
    r.status AS "Status",
    r.restore_def,
    nullif(r.error_message, '') AS "Problem",
    r.at_time,
    n.shown AS "Target PgSQL node in tables",
    to_char(r.at_time, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') AS "AT time in tables",
    -- What became of it, once it has been run.
    coalesce(c.execution_status, r.status) AS "Status in tables"
FROM restore_definition AS r
JOIN backup_server AS s ON s.server_id = r.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = r.target_pgsql_node_id
LEFT JOIN restore_catalog AS c ON c.restore_def = r.restore_def;

CREATE VIEW show_restores_in_progress AS
SELECT
    lpad(r.restore_def::text, greatest(11, length(r.restore_def::text)), '0') AS "RestoreDef",
    r.registered AS "Registered",
    r.bck_id AS "BckID",
    r.backup_server_id,
    s.fqdn AS "Backup server",
    r.target_pgsql_node_id,
    n.fqdn AS "Target PgSQL node",
    r.target_dbname AS "Target DBname",
    to_char(r.at_time, 'YYYYMMDDHH24MI') AS "AT time",
    CASE extract(day FROM now() - r.at_time) WHEN 0 THEN '' WHEN 1 THEN '1 day, '
        ELSE extract(day FROM now() - r.at_time) || ' days, ' END
        || to_char(now() - r.at_time, 'FMHH24:MI:SS') AS "Elapsed time",
    coalesce(p.objects_done || ' of ' || p.objects_total, '') AS "Progress",
    p.run_id AS "RunID",
    CASE WHEN p.cancel_requested IS NOT NULL THEN 'cancelling' ELSE coalesce(p.phase, '') END AS "Phase",
    r.at_time,
    p.objects_done,
    p.objects_total,
    n.shown AS "Target PgSQL node in tables",
    to_char(r.at_time, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') AS "AT time in tables"
FROM restore_definition AS r
JOIN backup_server AS s ON s.server_id = r.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = r.target_pgsql_node_id
LEFT JOIN run_in_progress AS p ON p.restore_def = r.restore_def
WHERE r.status = 'DEFINED' AND r.at_time <= now()
  AND NOT EXISTS (SELECT FROM restore_catalog AS c WHERE c.restore_def = r.restore_def);

CREATE VIEW show_restore_catalog AS
SELECT
    lpad(c.restore_id::text, greatest(10, length(c.restore_id::text)), '0') AS "RestoreID",
    lpad(c.restore_def::text, greatest(10, length(c.restore_def::text)), '0') AS "RestoreDef",
    c.restore_def,
    r.bck_id AS "BckID",
    c.finished AS "Finished",
    c.backup_server_id,
    s.fqdn AS "Backup server",
    c.target_pgsql_node_id,
    n.fqdn AS "Target PgSQL node",
    c.target_dbname AS "Target DBname",
    c.renamed_dbname AS "Renamed DBname",
    c.duration AS "Duration",
    c.execution_status AS "Status",
    c.restore_id,
    c.started,
    n.shown AS "Target PgSQL node in tables"
FROM restore_catalog AS c
JOIN backup_server AS s ON s.server_id = c.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = c.target_pgsql_node_id
LEFT JOIN restore_definition AS r ON r.restore_def = c.restore_def;

CREATE VIEW show_restore_details AS
SELECT
    c.restore_id,
    lpad(c.restore_id::text, greatest(10, length(c.restore_id::text)), '0') AS "RestoreID",
    c.registered AS "Registered",
    c.restore_def,
    lpad(c.restore_def::text, greatest(10, length(c.restore_def::text)), '0') AS "RestoreDef",
    c.procpid AS "ProcPID",
    c.started AS "Started",
    c.finished AS "Finished",
    c.duration AS "Duration",
    c.execution_status AS "Status",
    r.bck_id AS "BckID",
    c.source_dbname AS "Source DBname",
    c.target_dbname AS "Target DBname",
    c.renamed_dbname AS "Renamed DBname",
    c.backup_server_id,
    s.fqdn AS "Backup server",
    c.target_pgsql_node_id,
    n.fqdn AS "Target PgSQL node",
    c.backup_pg_release AS "Backup release",
    c.target_pgsql_node_release AS "Target PGnode release",
    r.at_time AS "AT time",
    c.restore_log_file AS "Log file",
    c.global_log_file AS "Global log file",
    array_to_string(c.role_list, ', ') AS "Roles restored",
    c.error_message AS "Error message",
    r.extra_restore_parameters AS "Extra parameters",
    c.role_list,
    n.shown AS "Target PgSQL node in tables"
FROM restore_catalog AS c
JOIN backup_server AS s ON s.server_id = c.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = c.target_pgsql_node_id
LEFT JOIN restore_definition AS r ON r.restore_def = c.restore_def;
