SELECT s.snapshot_id, s.dbname
FROM snapshot_definition AS s
WHERE s.backup_server_id = $1 AND s.pgsql_node_id = $2::bigint AND s.dbname = ANY ($3::text[])
  AND s.at_time = $4 AND s.backup_code = $5 AND s.extra_backup_parameters = $6
ORDER BY s.snapshot_id
