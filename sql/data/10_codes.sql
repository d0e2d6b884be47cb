-- The codes. What is there stays as it is.

INSERT INTO server_status (code, description) VALUES
    ('RUNNING', 'Takes part, its jobs run'),
    ('STOPPED', 'Does not take part, no jobs run')
ON CONFLICT (code) DO NOTHING;

INSERT INTO backup_code (code, description) VALUES
    ('FULL', 'Schema and data of a database, the roles it needs and its settings'),
    ('SCHEMA', 'Schema of a database, the roles it needs and its settings'),
    ('DATA', 'Data of a database, the roles it needs and its settings'),
    ('CLUSTER', 'All databases of a node with their roles'),
    ('CONFIG', 'Configuration files (not available)'),
    ('RDS', 'Schema and data of a database on a managed server, without roles and settings')
ON CONFLICT (code) DO NOTHING;

INSERT INTO job_definition_status (code, description) VALUES
    ('ACTIVE', 'Is scheduled'),
    ('STOPPED', 'Is not scheduled'),
    ('DELETED', 'The database is gone from its node; the backups go after the quarantine')
ON CONFLICT (code) DO NOTHING;

INSERT INTO at_definition_status (code, description) VALUES
    ('WAITING', 'Not yet given to at'),
    ('DEFINED', 'Given to at'),
    ('ERROR', 'Could not be given to at')
ON CONFLICT (code) DO NOTHING;

INSERT INTO job_execution_status (code, description) VALUES
    ('SUCCEEDED', 'Complete and usable'),
    ('ERROR', 'Not usable'),
    ('WARNING', 'Usable, with something an operator must know')
ON CONFLICT (code) DO NOTHING;

INSERT INTO job_execution_method (code, description) VALUES
    ('CRON', 'Started by cron'),
    ('AT', 'Started by at')
ON CONFLICT (code) DO NOTHING;

INSERT INTO alert_type (code, description) VALUES
    ('Backup-def', 'A backup of a backup definition failed'),
    ('Snapshot-def', 'A backup of a snapshot definition failed'),
    ('Restore-def', 'A restore failed'),
    ('PgSQL-node', 'Maintenance asks about a PgSQL node'),
    ('Missed-run', 'A backup that cron should have started was not begun'),
    ('Old-backup', 'The newest good backup of a definition is too old'),
    ('Small-backup', 'A backup is suspiciously smaller than those before it'),
    ('No-definition', 'A database has no backup definition'),
    ('Daemon', 'A daemon of a backup server has not been heard of'),
    ('Damaged-backup', 'Files of backups are missing or have another size'),
    ('Unseen-backup', 'The files of backups were not looked at')
ON CONFLICT (code) DO NOTHING;
