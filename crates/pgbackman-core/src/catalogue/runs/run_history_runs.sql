SELECT r.def_id, r.started, greatest(r.finished, r.started) AS finished, r.execution_status, r.bytes, r.message
FROM (
    SELECT
        c.def_id, coalesce(c.started, c.finished, c.registered) AS started,
        coalesce(c.finished, c.registered) AS finished, c.execution_status,
        coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
        + coalesce(c.pg_dump_dbconfig_file_size, 0) AS bytes,
        CASE WHEN c.execution_status <> 'SUCCEEDED' THEN left(c.error_message, 500) END AS message
    FROM backup_catalog AS c
    WHERE c.def_id IS NOT NULL AND c.execution_status IS NOT NULL
      AND coalesce(c.started, c.finished, c.registered) >= $1
    UNION ALL
    SELECT
        p.def_id, coalesce(p.started, p.finished), p.finished, p.execution_status, p.bytes,
        CASE WHEN p.execution_status <> 'SUCCEEDED' THEN p.error_message END
    FROM past_backup AS p
    WHERE p.def_id IS NOT NULL AND p.execution_status IS NOT NULL AND coalesce(p.started, p.finished) >= $1
) AS r
JOIN backup_definition AS d ON d.def_id = r.def_id
WHERE ($2::integer[] IS NULL OR d.backup_server_id = ANY ($2))
  AND ($3::bigint[] IS NULL OR d.pgsql_node_id = ANY ($3))
ORDER BY r.def_id, r.started
