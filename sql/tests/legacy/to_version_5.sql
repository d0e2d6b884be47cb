-- The fork's version 5: rows for PostgreSQL 11 and 12.

INSERT INTO backup_server_default_config (parameter, value)
VALUES ('pgsql_bin_11', '/usr/pgsql-11/bin'), ('pgsql_bin_12', '/fork/12');
INSERT INTO backup_server_config (server_id, parameter, value)
SELECT s.server_id, d.parameter, d.value
FROM backup_server AS s, backup_server_default_config AS d WHERE d.parameter IN ('pgsql_bin_11', 'pgsql_bin_12');
INSERT INTO pgbackman_version (version, tag) VALUES (4, 'v_1_3_0'), (5, 'v_1_3_1');
