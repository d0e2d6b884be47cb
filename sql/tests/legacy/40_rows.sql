-- A small 1.2 catalogue: rows as its programs leave them behind, and a few that only accidents leave.

INSERT INTO server_status VALUES ('RUNNING', 'up'), ('STOPPED', 'down');
INSERT INTO backup_code VALUES
    ('FULL', 'full'), ('SCHEMA', 'schema'), ('DATA', 'data'), ('CLUSTER', 'cluster'), ('CONFIG', 'config'), ('RDS', 'rds');
INSERT INTO job_definition_status VALUES ('ACTIVE', 'active'), ('STOPPED', 'stopped'), ('DELETED', 'deleted');
INSERT INTO at_definition_status VALUES ('WAITING', 'waiting'), ('DEFINED', 'defined'), ('ERROR', 'error');
INSERT INTO job_execution_status VALUES ('SUCCEEDED', 'good'), ('ERROR', 'bad'), ('WARNING', 'so so');
INSERT INTO job_execution_method VALUES ('CRON', 'cron'), ('AT', 'at');
INSERT INTO alert_type VALUES ('Backup-def', 'backup'), ('Snapshot-def', 'snapshot'), ('Restore-def', 'restore');

INSERT INTO backup_server_default_config (parameter, value, description) VALUES
    ('root_backup_partition', '/srv/pgbackman', ''), ('root_cron_file', '/etc/cron.d/pgbackman', ''),
    ('domain', 'example.org', ''), ('backup_server_status', 'RUNNING', ''),
    ('pgbackman_dump', '/usr/bin/pgbackman_dump', ''), ('pgbackman_restore', '/usr/bin/pgbackman_restore', ''),
    ('admin_user', 'postgres', '');
INSERT INTO backup_server_default_config (parameter, value, description)
SELECT 'pgsql_bin_' || replace(v, '.', '_'), '/usr/pgsql-' || v || '/bin', 'old words'
FROM unnest(ARRAY['9.0', '9.1', '9.2', '9.3', '9.4', '9.5', '9.6', '10']) AS v;
INSERT INTO pgsql_node_default_config (parameter, value, description) VALUES
    ('pgnode_backup_partition', '/srv/pgbackman/pgsql_node_%%pgnode%%', ''),
    ('pgnode_crontab_file', '/etc/cron.d/pgsql_node_%%pgnode%%', ''), ('encryption', 'false', ''),
    ('retention_period', '7 days', ''), ('retention_redundancy', '1', ''),
    ('automatic_deletion_retention', '14 days', ''), ('pgport', '5432', ''), ('admin_user', 'postgres', ''),
    ('domain', 'example.org', ''), ('pgsql_node_status', 'STOPPED', ''), ('backup_job_status', 'ACTIVE', ''),
    ('backup_code', 'FULL', ''), ('backup_minutes_interval', '01-59', ''), ('backup_hours_interval', '01-06', ''),
    ('backup_day_month_cron', '*', ''), ('backup_month_cron', '*', ''), ('backup_weekday_cron', '*', ''),
    ('extra_backup_parameters', '', ''), ('extra_restore_parameters', '', ''),
    ('logs_email', 'example@example.org', '');

INSERT INTO backup_server (hostname, domain_name, remarks) VALUES
    ('b1', 'example.net', 'Main'), ('b2', 'example.net', '');
INSERT INTO pgsql_node (hostname, domain_name, pgport, admin_user, status, remarks) VALUES
    ('n1', 'example.net', 5432, 'postgres', 'RUNNING', 'Production'),
    ('n1', 'example.net', 5433, 'postgres', 'RUNNING', 'Same host, second cluster'),
    ('n2', 'example.net', 5432, 'backup_admin', 'STOPPED', NULL);
INSERT INTO pgsql_node_stopped (pgsql_node_id) VALUES (3);
INSERT INTO backup_server_config SELECT s.server_id, d.* FROM backup_server AS s, backup_server_default_config AS d;
INSERT INTO pgsql_node_config
SELECT n.node_id, d.parameter, replace(d.value, '%%pgnode%%', n.node_id::text), d.description
FROM pgsql_node AS n, pgsql_node_default_config AS d;
-- What an operator changed, and what 1.2 let pass.
UPDATE backup_server_config SET value = '/opt/pg96/bin' WHERE server_id = 1 AND parameter = 'pgsql_bin_9_6';
UPDATE pgsql_node_config SET value = 'a fortnight' WHERE node_id = 3 AND parameter = 'automatic_deletion_retention';

INSERT INTO backup_definition (
    registered, backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, weekday_cron, backup_code, encryption,
    retention_period, retention_redundancy, extra_backup_parameters, job_status, remarks
) VALUES
    ('2026-01-01 00:00+00', 1, 1, 'shop', '41', '01', '*', 'FULL', false, '7 days', 1, '', 'ACTIVE', ''),
    ('2026-01-01 00:00+00', 1, 1, 'Orders', '12', '02', '1-5', 'FULL', false, '14 days', 3, '-T log', 'ACTIVE', NULL),
    ('2026-01-01 00:00+00', 1, 1, '', '05', '04', '*', 'CLUSTER', false, '1 mon', 2, '', 'ACTIVE', ''),
    ('2026-01-01 00:00+00', 1, 2, 'odd "name"', '30', '03', '*', 'SCHEMA', false, '7 days', 1, '-j 2', 'STOPPED', ''),
    ('2026-01-01 00:00+00', 2, 2, 'hr', '*/30', '*', '*', 'DATA', true, '2 days', 5, '', 'ACTIVE', 'secret'),
    ('2026-01-01 00:00+00', 2, 3, 'old', '99', '77', 'foo', 'FULL', false, '7 days', 1, '', 'DELETED', '');
INSERT INTO snapshot_definition (
    backup_server_id, pgsql_node_id, dbname, at_time, backup_code, status, remarks, pg_dump_release
) VALUES
    (1, 1, 'shop', '2026-01-10 22:00+00', 'FULL', 'DEFINED', 'before release', ''),
    (1, 2, 'hr', '2026-01-11 22:00+00', 'SCHEMA', 'WAITING', '5D9012AA3', '9.6');
INSERT INTO backup_catalog (
    def_id, snapshot_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration,
    pg_dump_file, pg_dump_file_size, pg_dump_roles_file, pg_dump_roles_file_size, pg_dump_dbconfig_file,
    pg_dump_dbconfig_file_size, global_log_file, execution_status, execution_method, error_message, role_list,
    pgsql_node_release, pg_dump_release
) VALUES
    (1, NULL, 2000, 1, 1, 'shop', '2026-01-01 01:41+00', '2026-01-01 01:41:06+00', '6 s', '/srv/1', 2850, '/srv/1u', 533,
     '/srv/1c', 572, '/var/log/p', 'SUCCEEDED', 'CRON', '', '{rw,ro}', '9.6', '9.6'),
    (1, NULL, 2001, 1, 1, 'shop', '2026-01-02 01:41+00', '2026-01-02 01:41:06+00', '6 s', '/srv/2', 2850, '/srv/2u', 533,
     '/srv/2c', 572, '/var/log/p', 'ERROR', 'CRON', 'pg_dump returncode: 1', '{}', '9.6', '9.6'),
    (3, NULL, 3100, 1, 1, 'template1', '2026-01-02 04:05+00', '2026-01-02 04:05:33+00', '33 s', '/srv/3.gz', 14000000,
     'None', 0, 'None', 0, '/var/log/p', 'SUCCEEDED', 'CRON', '', '{}', '9.6', '9.6'),
    (NULL, 1, 3200, 1, 1, 'shop', '2026-01-10 22:00:01+00', '2026-01-10 22:00:04+00', '3 s', '/srv/4', 2900, '/srv/4u',
     533, '/srv/4c', 572, '/var/log/p', 'SUCCEEDED', 'AT', '', '{rw}', '9.6', '9.6'),
    -- Neither a definition nor a snapshot, and both: nothing in 1.2 keeps such rows out.
    (NULL, NULL, NULL, 1, 1, 'shop', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL,
     NULL, NULL),
    (1, 1, 1, 1, 1, 'shop', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', 'ERROR', 'AT', NULL, NULL, NULL,
     NULL);
INSERT INTO restore_definition (bck_id, roles_to_restore, backup_server_id, target_pgsql_node_id, target_dbname, at_time, status)
VALUES (4, '{rw}', 1, 2, 'shop_copy', '2026-01-12 10:00+00', 'DEFINED');
INSERT INTO restore_catalog (
    restore_def, procpid, backup_server_id, target_pgsql_node_id, source_dbname, target_dbname, started, finished,
    duration, restore_log_file, global_log_file, execution_status, error_message, role_list
) VALUES (
    1, 4100, 1, 2, 'shop', 'shop_copy', '2026-01-12 10:00:01+00', '2026-01-12 10:00:09+00', '8 s', '/srv/r.log',
    '/var/log/p', 'SUCCEEDED', '', '{rw}'
);
INSERT INTO alerts (alert_type, ref_id, bck_id, backup_server_id, pgsql_node_id, dbname, execution_status, error_message, sendto)
VALUES ('Backup-def', 1, 2, 1, 1, 'shop', 'ERROR', 'pg_dump returncode: 1', 'example@example.org');
INSERT INTO job_queue (backup_server_id, pgsql_node_id, is_assigned) VALUES (1, 1, false), (1, 1, true), (2, 2, false);
INSERT INTO pgsql_node_to_delete (backup_server_id, pgsql_node_id) VALUES (1, 77), (2, 77);
INSERT INTO catalog_entries_to_delete (def_id, bck_id, backup_server_id, pg_dump_file) VALUES (99, 990, 1, '/srv/99');
INSERT INTO restore_logs_to_delete (backup_server_id, restore_log_file) VALUES (1, '/srv/r0.log');
INSERT INTO pgbackman_version (version, tag) VALUES (3, 'v_1_2_0');
