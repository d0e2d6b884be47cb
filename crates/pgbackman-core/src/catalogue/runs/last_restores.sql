SELECT
    r.source_dbname, r.target_dbname, n.fqdn AS target_fqdn, n.pgport, coalesce(r.finished, r.registered) AS finished,
    extract(epoch FROM greatest(r.finished - r.started, interval '0'))::bigint AS seconds,
    r.execution_status,
    coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
        + coalesce(c.pg_dump_dbconfig_file_size, 0) AS bytes
FROM restore_catalog AS r
JOIN pgsql_node AS n ON n.node_id = r.target_pgsql_node_id
LEFT JOIN restore_definition AS d ON d.restore_def = r.restore_def
LEFT JOIN backup_catalog AS c ON c.bck_id = d.bck_id
WHERE r.execution_status IS NOT NULL
  AND ($1::integer[] IS NULL OR r.backup_server_id = ANY ($1))
  AND ($2::bigint[] IS NULL OR r.target_pgsql_node_id = ANY ($2))
ORDER BY r.finished DESC NULLS LAST, r.restore_id DESC
LIMIT $3
