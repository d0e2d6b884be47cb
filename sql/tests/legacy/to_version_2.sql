-- Version 2 (1.1): without RDS and the directories of 9.5, 9.6 and 10.

DELETE FROM backup_code WHERE code = 'RDS';
DELETE FROM backup_server_default_config WHERE parameter IN ('pgsql_bin_9_5', 'pgsql_bin_9_6', 'pgsql_bin_10');
DELETE FROM backup_server_config WHERE parameter IN ('pgsql_bin_9_5', 'pgsql_bin_9_6', 'pgsql_bin_10');
UPDATE pgbackman_version SET version = 2, tag = 'v_1_1_0';
