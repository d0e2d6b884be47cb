FROM statistics_of_definitions(NULL, NULL) AS d
CROSS JOIN statistics_of_backups(NULL, NULL) AS c
