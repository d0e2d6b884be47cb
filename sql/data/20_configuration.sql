-- What servers and nodes are configured with when they are registered. What is there stays as it is; servers and
-- nodes that are there already get what they lack.

INSERT INTO backup_server_default_config (parameter, value, description) VALUES
    ('root_backup_partition', '/srv/pgbackman', 'Main directory of backups, caches and pending updates'),
    ('root_cron_file', '/etc/cron.d/pgbackman', 'Crontab file of PgBackMan (not used)'),
    ('domain', 'example.org', 'Default domain'),
    ('backup_server_status', 'RUNNING', 'Default status of a backup server (not used)'),
    ('pgbackman_dump', '/usr/bin/pgbackman_dump', 'Program that takes backups'),
    ('pgbackman_restore', '/usr/bin/pgbackman_restore', 'Program that restores backups'),
    ('admin_user', 'postgres', 'Default admin user'),
    ('time_zone', 'UTC', 'Time zone in which rotation counts days, weeks, months and years'),
    ('pgsql_bin_9_0', '/usr/pgsql-9.0/bin', 'Client programs of PostgreSQL 9.0'),
    ('pgsql_bin_9_1', '/usr/pgsql-9.1/bin', 'Client programs of PostgreSQL 9.1'),
    ('pgsql_bin_9_2', '/usr/pgsql-9.2/bin', 'Client programs of PostgreSQL 9.2'),
    ('pgsql_bin_9_3', '/usr/pgsql-9.3/bin', 'Client programs of PostgreSQL 9.3'),
    ('pgsql_bin_9_4', '/usr/pgsql-9.4/bin', 'Client programs of PostgreSQL 9.4'),
    ('pgsql_bin_9_5', '/usr/pgsql-9.5/bin', 'Client programs of PostgreSQL 9.5'),
    ('pgsql_bin_9_6', '/usr/pgsql-9.6/bin', 'Client programs of PostgreSQL 9.6'),
    ('pgsql_bin_10', '/usr/pgsql-10/bin', 'Client programs of PostgreSQL 10'),
    ('pgsql_bin_11', '/usr/pgsql-11/bin', 'Client programs of PostgreSQL 11'),
    ('pgsql_bin_12', '/usr/pgsql-12/bin', 'Client programs of PostgreSQL 12'),
    ('pgsql_bin_13', '/usr/pgsql-13/bin', 'Client programs of PostgreSQL 13'),
    ('pgsql_bin_14', '/usr/pgsql-14/bin', 'Client programs of PostgreSQL 14'),
    ('pgsql_bin_15', '/usr/pgsql-15/bin', 'Client programs of PostgreSQL 15'),
    ('pgsql_bin_16', '/usr/pgsql-16/bin', 'Client programs of PostgreSQL 16'),
    ('pgsql_bin_17', '/usr/pgsql-17/bin', 'Client programs of PostgreSQL 17'),
    ('pgsql_bin_18', '/usr/pgsql-18/bin', 'Client programs of PostgreSQL 18')
ON CONFLICT (parameter) DO NOTHING;

INSERT INTO pgsql_node_default_config (parameter, value, description) VALUES
    ('pgnode_backup_partition', '/srv/pgbackman/pgsql_node_%%pgnode%%', 'Directory of the backups and logs of a node'),
    ('pgnode_crontab_file', '/etc/cron.d/pgsql_node_%%pgnode%%', 'Crontab file of a node on a backup server'),
    ('encryption', 'false', 'Encryption of backups (not available)'),
    ('retention_period', '7 days', 'Retention period of a backup definition'),
    ('retention_redundancy', '1', 'Retention redundancy of a backup definition'),
    ('automatic_deletion_retention', '14 days', 'How long the backups of a deleted database are kept'),
    ('pgport', '5432', 'Default port'),
    ('admin_user', 'postgres', 'Default admin user'),
    ('domain', 'example.org', 'Default domain'),
    ('pgsql_node_status', 'STOPPED', 'Default status of a node'),
    ('backup_job_status', 'ACTIVE', 'Default status of a backup definition'),
    ('backup_code', 'FULL', 'Default backup code'),
    ('backup_minutes_interval', '01-59', 'Minutes for definitions registered without one'),
    ('backup_hours_interval', '01-06', 'Hours for definitions registered without one'),
    ('backup_day_month_cron', '*', 'Default day of month'),
    ('backup_month_cron', '*', 'Default month'),
    ('backup_weekday_cron', '*', 'Default day of week'),
    ('extra_backup_parameters', '', 'Extra parameters of backups'),
    ('extra_restore_parameters', '', 'Extra parameters of restores'),
    ('logs_email', '', 'Where mail about jobs goes')
ON CONFLICT (parameter) DO NOTHING;

INSERT INTO backup_server_config (server_id, parameter, value, description)
SELECT s.server_id, d.parameter, d.value, d.description
FROM backup_server AS s CROSS JOIN backup_server_default_config AS d
ON CONFLICT (server_id, parameter) DO NOTHING;

INSERT INTO pgsql_node_config (node_id, parameter, value, description)
SELECT n.node_id, d.parameter, replace(d.value, '%%pgnode%%', n.node_id::text), d.description
FROM pgsql_node AS n CROSS JOIN pgsql_node_default_config AS d
ON CONFLICT (node_id, parameter) DO NOTHING;
