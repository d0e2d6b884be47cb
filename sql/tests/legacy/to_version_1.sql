-- Version 1 (1.0), after to_version_2.sql: also without alerts, deleted databases and pg_dump releases.

DROP TABLE alerts, alert_type;
DROP FUNCTION generate_backup_catalog_alert CASCADE;
ALTER TABLE snapshot_definition DROP COLUMN pg_dump_release;
ALTER TABLE backup_catalog DROP COLUMN pg_dump_release;
UPDATE backup_definition SET job_status = 'STOPPED' WHERE job_status = 'DELETED';
DELETE FROM job_definition_status WHERE code = 'DELETED';
DELETE FROM pgsql_node_default_config WHERE parameter = 'automatic_deletion_retention';
DELETE FROM pgsql_node_config WHERE parameter = 'automatic_deletion_retention';
UPDATE pgbackman_version SET version = 1, tag = 'v_1_0_0';
