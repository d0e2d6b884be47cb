-- Version 3 as an upgrade from 1.1 leaves it behind: without RDS and pgsql_bin_10.

DELETE FROM backup_code WHERE code = 'RDS';
DELETE FROM backup_server_default_config WHERE parameter = 'pgsql_bin_10';
DELETE FROM backup_server_config WHERE parameter = 'pgsql_bin_10';
INSERT INTO pgbackman_version (version, tag) VALUES (2, 'v_1_1_0');
