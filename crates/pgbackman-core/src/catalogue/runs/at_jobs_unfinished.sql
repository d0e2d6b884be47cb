SELECT
    s.snapshot_id, NULL::bigint AS restore_def, NULL::bigint AS request_id, s.pgsql_node_id::bigint AS pgsql_node_id, s.dbname, s.at_time, s.status,
    nullif(s.problem, '') AS problem,
    EXISTS (SELECT FROM backup_catalog AS c WHERE c.snapshot_id = s.snapshot_id)
        OR EXISTS (SELECT FROM run_in_progress AS r WHERE r.snapshot_id = s.snapshot_id) AS begun
FROM snapshot_definition AS s
WHERE s.backup_server_id = $1
  AND (s.status = 'WAITING' OR (
      s.status = 'DEFINED' AND NOT EXISTS (SELECT FROM backup_catalog AS c WHERE c.snapshot_id = s.snapshot_id)
  ))
UNION ALL
SELECT
    NULL, r.restore_def, NULL, r.target_pgsql_node_id::bigint, r.target_dbname, r.at_time, r.status, nullif(r.error_message, ''),
    EXISTS (SELECT FROM restore_catalog AS c WHERE c.restore_def = r.restore_def)
        OR EXISTS (SELECT FROM run_in_progress AS p WHERE p.restore_def = r.restore_def)
FROM restore_definition AS r
WHERE r.backup_server_id = $1
  AND (r.status = 'WAITING' OR (
      r.status = 'DEFINED' AND NOT EXISTS (SELECT FROM restore_catalog AS c WHERE c.restore_def = r.restore_def)
  ))
UNION ALL
SELECT NULL, NULL, q.request_id, d.pgsql_node_id::bigint, d.dbname, q.at_time, q.status, nullif(q.problem, ''), false
FROM requested_run AS q
JOIN backup_definition AS d ON d.def_id = q.def_id
WHERE d.backup_server_id = $1 AND q.run_uuid IS NULL AND q.status <> 'ERROR'
ORDER BY at_time, snapshot_id, restore_def, request_id
