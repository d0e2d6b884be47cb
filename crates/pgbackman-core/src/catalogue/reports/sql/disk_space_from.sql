FROM disk_space($1::integer[], now()) AS r
JOIN backup_server AS s ON s.server_id = r.backup_server_id
LEFT JOIN pgsql_node_name AS n ON n.node_id = r.pgsql_node_id
