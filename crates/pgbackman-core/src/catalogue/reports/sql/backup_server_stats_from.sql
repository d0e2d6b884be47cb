FROM backup_server AS s
CROSS JOIN LATERAL statistics_of_definitions(s.server_id, NULL) AS d
CROSS JOIN LATERAL statistics_of_backups(s.server_id, NULL) AS c
WHERE s.server_id = $1
