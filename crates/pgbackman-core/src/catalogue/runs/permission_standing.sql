SELECT d.job_status, n.status AS node_status, n.window_until, q.attempt::integer AS attempt
FROM backup_definition AS d
JOIN pgsql_node AS n ON n.node_id = d.pgsql_node_id
LEFT JOIN requested_run AS q ON q.request_id = $2::bigint AND q.def_id = d.def_id
WHERE d.def_id = $1::bigint
