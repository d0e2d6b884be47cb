-- Backups. The columns of 1.x in their order, then what is new.

CREATE VIEW show_backup_catalog AS
SELECT
    lpad(c.bck_id::text, greatest(9, length(c.bck_id::text)), '0') AS "BckID",
    lpad(c.def_id::text, greatest(9, length(c.def_id::text)), '0') AS "DefID",
    c.def_id,
    lpad(c.snapshot_id::text, greatest(9, length(c.snapshot_id::text)), '0') AS "SnapshotID",
    c.snapshot_id,
    c.finished AS "Finished",
    c.backup_server_id,
    s.fqdn AS "Backup server",
    c.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    c.dbname AS "DBname",
    c.duration AS "Duration",
    pg_size_pretty(
        coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
        + coalesce(c.pg_dump_dbconfig_file_size, 0)
    ) AS "Size",
    coalesce(d.backup_code, sd.backup_code) AS "Code",
    c.execution_method AS "Execution",
    c.execution_status AS "Status",
    c.bck_id,
    CASE WHEN c.execution_status <> 'ERROR' THEN c.files_state END AS "Files",
    CASE WHEN c.execution_status <> 'ERROR' AND c.files_state <> 'whole' THEN c.files_since END AS "Files since",
    c.started,
    coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
    + coalesce(c.pg_dump_dbconfig_file_size, 0) AS total_bytes,
    n.shown AS "PgSQL node in tables"
FROM backup_catalog AS c
JOIN backup_server AS s ON s.server_id = c.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = c.pgsql_node_id
LEFT JOIN backup_definition AS d ON d.def_id = c.def_id
LEFT JOIN snapshot_definition AS sd ON sd.snapshot_id = c.snapshot_id;

-- "Valid until" is what the shell calls "On disk until": a pinned backup stays longer.
CREATE VIEW show_backup_details AS
SELECT
    lpad(c.bck_id::text, greatest(12, length(c.bck_id::text)), '0') AS "BckID",
    c.bck_id,
    c.registered AS "Registered",
    c.started AS "Started",
    c.finished AS "Finished",
    greatest(c.finished + coalesce(d.retention_period, sd.retention_period), c.pinned_until) AS "Valid until",
    c.duration AS "Duration",
    lpad(c.def_id::text, greatest(8, length(c.def_id::text)), '0') AS "DefID",
    lpad(c.snapshot_id::text, greatest(8, length(c.snapshot_id::text)), '0') AS "SnapshotID",
    c.procpid AS "ProcPID",
    coalesce(d.retention_period || ' (' || d.retention_redundancy || ')', sd.retention_period::text) AS "Retention",
    CASE WHEN d.def_id IS NOT NULL THEN
        concat_ws(' ', d.minutes_cron, d.hours_cron, d.day_month_cron, d.month_cron, d.weekday_cron)
    END AS "Schedule",
    to_char(sd.at_time, 'YYYYMMDDHH24MI') AS "AT time",
    coalesce(c.encrypted, d.encryption, sd.encryption)::text AS "Encryption",
    coalesce(d.extra_backup_parameters, sd.extra_backup_parameters) AS "Extra parameters",
    c.backup_server_id,
    s.fqdn AS "Backup server",
    c.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    c.dbname AS "DBname",
    c.pg_dump_file AS "DB dump file",
    c.pg_dump_log_file AS "DB log file",
    pg_size_pretty(c.pg_dump_file_size) AS "DB dump size",
    c.pg_dump_roles_file AS "DB roles dump file",
    c.pg_dump_roles_log_file AS "DB roles log file",
    pg_size_pretty(c.pg_dump_roles_file_size) AS "DB roles dump size",
    c.pg_dump_dbconfig_file AS "DB config dump file",
    c.pg_dump_dbconfig_log_file AS "DB config log file",
    pg_size_pretty(c.pg_dump_dbconfig_file_size) AS "DB config dump size",
    pg_size_pretty(
        coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
        + coalesce(c.pg_dump_dbconfig_file_size, 0)
    ) AS "Total size",
    coalesce(d.backup_code, sd.backup_code) AS "Code",
    c.execution_status AS "Status",
    c.execution_method AS "Execution",
    c.error_message AS "Error message",
    array_to_string(c.role_list, ', ') AS "Role list",
    c.pgsql_node_release AS "PgSQL node release",
    c.pg_dump_release AS "pg_dump release",
    c.manifest_file AS "Manifest file",
    c.checksum AS "Checksum",
    c.pinned_until AS "Pinned until",
    c.pinned_reason AS "Pinned reason",
    c.run_uuid,
    CASE WHEN c.execution_status <> 'ERROR' THEN c.files_state END AS "Files",
    c.files_since AS "Files since",
    c.files_looked_at AS "Files looked at",
    c.files_problem AS "Files problem",
    sd.at_time,
    coalesce(d.retention_period, sd.retention_period) AS retention_period,
    d.retention_redundancy,
    c.pg_dump_file_size,
    c.pg_dump_roles_file_size,
    c.pg_dump_dbconfig_file_size,
    coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
    + coalesce(c.pg_dump_dbconfig_file_size, 0) AS total_bytes,
    c.role_list,
    n.shown AS "PgSQL node in tables",
    to_char(sd.at_time, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') AS "AT time in tables",
    coalesce(d.remarks, sd.remarks) AS "Remarks"
FROM backup_catalog AS c
JOIN backup_server AS s ON s.server_id = c.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = c.pgsql_node_id
LEFT JOIN backup_definition AS d ON d.def_id = c.def_id
LEFT JOIN snapshot_definition AS sd ON sd.snapshot_id = c.snapshot_id;
