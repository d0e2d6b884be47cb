SELECT
    coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0) + coalesce(c.pg_dump_dbconfig_file_size, 0),
    c.dbname_size, c.finished
FROM backup_catalog AS c
LEFT JOIN backup_definition AS d ON d.def_id = c.def_id
LEFT JOIN snapshot_definition AS s ON s.snapshot_id = c.snapshot_id
WHERE c.pgsql_node_id = $1::bigint
  AND (c.dbname = $2 OR $3 = 'CLUSTER')
  AND c.execution_status IN ('SUCCEEDED', 'WARNING')
  AND coalesce(d.backup_code, s.backup_code) = $3
  AND coalesce(c.run_context ->> 'extra_backup_parameters', d.extra_backup_parameters, s.extra_backup_parameters, '') = $4
  AND c.pg_dump_file_size > 0
  AND c.finished IS NOT NULL
ORDER BY c.finished DESC, c.bck_id DESC
LIMIT 1
