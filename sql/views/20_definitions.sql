-- Backup and snapshot definitions. The columns of 1.x in their order, then what is new.

CREATE VIEW show_backup_definitions AS
SELECT
    lpad(d.def_id::text, greatest(11, length(d.def_id::text)), '0') AS "DefID",
    d.backup_server_id,
    s.fqdn AS "Backup server",
    d.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    d.dbname AS "DBname",
    concat_ws(' ', d.minutes_cron, d.hours_cron, d.day_month_cron, d.month_cron, d.weekday_cron) AS "Schedule",
    d.backup_code AS "Code",
    d.encryption::text AS "Encryption",
    d.retention_period || ' (' || d.retention_redundancy || ')' AS "Retention",
    d.job_status AS "Status",
    d.extra_backup_parameters AS "Parameters",
    d.def_id,
    d.problem AS "Problem",
    d.registered,
    d.retention_period,
    d.retention_redundancy,
    d.remarks,
    n.shown AS "PgSQL node in tables",
    d.remarks AS "Remarks",
    -- One that is ACTIVE does not run while its node is STOPPED.
    d.job_status || CASE
        WHEN d.job_status <> 'ACTIVE' OR n.status = 'RUNNING' THEN ''
        WHEN n.window_until IS NULL THEN ' (node stopped)'
        ELSE ' (maintenance window)'
    END AS "Status in tables",
    n.status AS node_status
FROM backup_definition AS d
JOIN backup_server AS s ON s.server_id = d.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = d.pgsql_node_id;

CREATE VIEW show_empty_backup_catalogs AS
SELECT
    lpad(d.def_id::text, greatest(11, length(d.def_id::text)), '0') AS "DefID",
    d.registered AS "Registered",
    d.backup_server_id,
    s.fqdn AS "Backup server",
    d.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    d.dbname AS "DBname",
    concat_ws(' ', d.minutes_cron, d.hours_cron, d.day_month_cron, d.month_cron, d.weekday_cron) AS "Schedule",
    d.backup_code AS "Code",
    d.encryption::text AS "Encryption",
    d.retention_period || ' (' || d.retention_redundancy || ')' AS "Retention",
    d.job_status AS "Status",
    d.extra_backup_parameters AS "Parameters",
    d.retention_period,
    d.retention_redundancy,
    d.remarks,
    n.shown AS "PgSQL node in tables",
    d.remarks AS "Remarks",
    -- One that is ACTIVE does not run while its node is STOPPED.
    d.job_status || CASE
        WHEN d.job_status <> 'ACTIVE' OR n.status = 'RUNNING' THEN ''
        WHEN n.window_until IS NULL THEN ' (node stopped)'
        ELSE ' (maintenance window)'
    END AS "Status in tables",
    n.status AS node_status
FROM backup_definition AS d
JOIN backup_server AS s ON s.server_id = d.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = d.pgsql_node_id
WHERE NOT EXISTS (SELECT FROM backup_catalog AS c WHERE c.def_id = d.def_id);

CREATE VIEW show_snapshot_definitions AS
SELECT
    lpad(d.snapshot_id::text, greatest(11, length(d.snapshot_id::text)), '0') AS "SnapshotID",
    d.registered AS "Registered",
    d.backup_server_id,
    s.fqdn AS "Backup server",
    d.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    d.dbname AS "DBname",
    to_char(d.at_time, 'YYYYMMDDHH24MI') AS "AT time",
    d.backup_code || coalesce(' [' || nullif(d.pg_dump_release, '') || ']', '') AS "Code",
    d.retention_period::text AS "Retention",
    d.extra_backup_parameters AS "Parameters",
    d.status AS "Status",
    d.snapshot_id,
    d.problem AS "Problem",
    d.at_time,
    d.backup_code,
    nullif(d.pg_dump_release, '') AS pg_dump_release,
    d.retention_period,
    d.remarks,
    n.shown AS "PgSQL node in tables",
    to_char(d.at_time, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') AS "AT time in tables",
    -- What became of it, once it has been taken.
    coalesce(c.execution_status, d.status) AS "Status in tables"
FROM snapshot_definition AS d
JOIN backup_server AS s ON s.server_id = d.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = d.pgsql_node_id
LEFT JOIN backup_catalog AS c ON c.snapshot_id = d.snapshot_id;

-- Given to at, its time has come, and no result yet.
CREATE VIEW show_snapshots_in_progress AS
SELECT
    lpad(d.snapshot_id::text, greatest(11, length(d.snapshot_id::text)), '0') AS "SnapshotID",
    d.registered AS "Registered",
    d.backup_server_id,
    s.fqdn AS "Backup server",
    d.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    d.dbname AS "DBname",
    to_char(d.at_time, 'YYYYMMDDHH24MI') AS "AT time",
    d.backup_code AS "Code",
    CASE extract(day FROM now() - d.at_time) WHEN 0 THEN '' WHEN 1 THEN '1 day, '
        ELSE extract(day FROM now() - d.at_time) || ' days, ' END
        || to_char(now() - d.at_time, 'FMHH24:MI:SS') AS "Elapsed time",
    d.at_time,
    n.shown AS "PgSQL node in tables",
    to_char(d.at_time, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') AS "AT time in tables"
FROM snapshot_definition AS d
JOIN backup_server AS s ON s.server_id = d.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = d.pgsql_node_id
WHERE d.status = 'DEFINED' AND d.at_time <= now()
  AND NOT EXISTS (SELECT FROM backup_catalog AS c WHERE c.snapshot_id = d.snapshot_id);
