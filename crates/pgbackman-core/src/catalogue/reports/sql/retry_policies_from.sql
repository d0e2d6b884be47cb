FROM show_backup_definitions AS d
JOIN (
    SELECT b.def_id, b.retry_times, coalesce(b.retry_after, interval '15 minutes') AS retry_after
    FROM backup_definition AS b WHERE b.retry_times > 0 AND b.job_status <> 'DELETED'
) AS policy USING (def_id)
LEFT JOIN (
    SELECT q.def_id, min(q.at_time) AS next_retry
    FROM requested_run AS q WHERE q.run_uuid IS NULL AND q.attempt > 0 AND q.status <> 'ERROR'
    GROUP BY q.def_id
) AS waiting USING (def_id)
WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
  AND ($2::bigint[] IS NULL OR pgsql_node_id = ANY ($2))
  AND ($3::text[] IS NULL OR "DBname" = ANY ($3))
