-- Backups that are being taken, as their runs report: of definitions and of snapshots; and runs that were requested and have not begun.

-- What is expected is what the run itself expects, else what the last backup of the same kind takes. Rate and time left are
-- known while a client program writes.
CREATE VIEW show_backups_in_progress AS
SELECT
    r.run_id AS "RunID",
    r.started AS "Started",
    r.def_id AS "DefID",
    r.snapshot_id AS "SnapshotID",
    r.backup_server_id,
    s.fqdn AS "Backup server",
    r.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    coalesce(d.dbname, sd.dbname) AS "DBname",
    coalesce(d.backup_code, sd.backup_code) AS "Code",
    CASE
        WHEN r.cancel_requested IS NOT NULL THEN 'cancelling'
        WHEN r.phase IS NULL THEN 'no report yet'
        WHEN r.reported < now() - interval '1 minute' THEN r.phase || ', silent'
        ELSE r.phase
    END AS "Phase",
    r.bytes_done AS "Done",
    expected.bytes AS "Expected",
    speed.bytes_per_second AS "Rate",
    CASE WHEN speed.bytes_per_second > 0 AND expected.bytes >= r.bytes_done THEN
        make_interval(secs => (expected.bytes - r.bytes_done) / speed.bytes_per_second)
    END AS "Time left",
    greatest(now() - r.started, interval '0') AS "Elapsed time",
    r.run_uuid,
    n.shown AS "PgSQL node in tables"
FROM run_in_progress AS r
JOIN backup_server AS s ON s.server_id = r.backup_server_id
LEFT JOIN pgsql_node_name AS n ON n.node_id = r.pgsql_node_id
LEFT JOIN backup_definition AS d ON d.def_id = r.def_id
LEFT JOIN snapshot_definition AS sd ON sd.snapshot_id = r.snapshot_id
LEFT JOIN LATERAL (
    SELECT coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
        + coalesce(c.pg_dump_dbconfig_file_size, 0) AS bytes
    FROM backup_catalog AS c
    WHERE r.bytes_expected IS NULL AND c.def_id = r.def_id AND c.execution_status = 'SUCCEEDED'
    ORDER BY c.finished DESC NULLS LAST, c.bck_id DESC LIMIT 1
) AS last_one ON true
CROSS JOIN LATERAL (SELECT coalesce(r.bytes_expected, last_one.bytes) AS bytes) AS expected
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.phase = 'dumping' AND r.reported > r.started AND r.reported >= now() - interval '1 minute' THEN
        r.bytes_done / extract(epoch FROM r.reported - r.started)::double precision
    END AS bytes_per_second
) AS speed
WHERE r.restore_def IS NULL
UNION ALL
SELECT
    NULL, q.registered, q.def_id, NULL, d.backup_server_id, s.fqdn, d.pgsql_node_id, n.fqdn, d.dbname, d.backup_code,
    CASE q.status
        WHEN 'ERROR' THEN 'not started: ' || coalesce(q.problem, '')
        ELSE concat_ws(': ',
            CASE WHEN q.attempt = 0 THEN 'requested'
            ELSE 'attempt ' || q.attempt + 1 || ' at ' || to_char(q.at_time, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') END,
            nullif(q.problem, ''))
    END,
    NULL, NULL, NULL, NULL, greatest(now() - q.registered, interval '0'), NULL, n.shown
FROM requested_run AS q
JOIN backup_definition AS d ON d.def_id = q.def_id
JOIN backup_server AS s ON s.server_id = d.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = d.pgsql_node_id
WHERE q.run_uuid IS NULL AND (q.status <> 'ERROR' OR q.registered > now() - interval '1 day');
