FROM pgsql_node AS n
CROSS JOIN LATERAL statistics_of_definitions(NULL, n.node_id) AS d
CROSS JOIN LATERAL statistics_of_backups(NULL, n.node_id) AS c
WHERE n.node_id = $1
