SELECT
    d.def_id, greatest(d.registered, n.status_since) AS due_since, s.server_id, s.fqdn AS server_fqdn, n.node_id, n.fqdn AS node_fqdn, n.pgport, d.dbname,
    ARRAY[d.minutes_cron, d.hours_cron, d.day_month_cron, d.month_cron, d.weekday_cron]::text[] AS fields,
    d.backup_code, d.job_status,
    d.job_status = 'ACTIVE' AND n.status = 'RUNNING' AS is_scheduled,
    (SELECT min(r.started) FROM run_in_progress AS r WHERE r.def_id = d.def_id) AS running_since
FROM backup_definition AS d
JOIN backup_server AS s ON s.server_id = d.backup_server_id
JOIN pgsql_node AS n ON n.node_id = d.pgsql_node_id
WHERE ($1::integer[] IS NULL OR d.backup_server_id = ANY ($1))
  AND ($2::bigint[] IS NULL OR d.pgsql_node_id = ANY ($2))
ORDER BY d.def_id
