SELECT
    c.bck_id, c.finished, c.execution_status,
    coalesce(d.backup_code, s.backup_code) AS backup_code,
    coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0) + coalesce(c.pg_dump_dbconfig_file_size, 0) AS bytes,
    coalesce(c.run_context ->> 'extra_backup_parameters', d.extra_backup_parameters, s.extra_backup_parameters, '')
        AS extra_parameters
FROM backup_catalog AS c
LEFT JOIN backup_definition AS d ON d.def_id = c.def_id
LEFT JOIN snapshot_definition AS s ON s.snapshot_id = c.snapshot_id
WHERE c.pgsql_node_id = $1::bigint
  AND CASE
          WHEN $2 = '' THEN coalesce(d.backup_code, s.backup_code) = 'CLUSTER'
          ELSE c.dbname = $2 AND coalesce(d.backup_code, s.backup_code) IN ('FULL', 'RDS')
      END
  AND c.execution_status IN ('SUCCEEDED', 'WARNING')
  AND c.files_state IS DISTINCT FROM 'damaged'
  AND c.deleting_since IS NULL
  AND c.pg_dump_file IS NOT NULL
  AND c.finished IS NOT NULL
ORDER BY c.finished DESC, c.bck_id DESC
LIMIT 1
