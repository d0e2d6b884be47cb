-- What maintenance has to do, now. The columns of 1.x in their order, then what is new. 1.x's own maintenance deletes the
-- files that it reads here, before it tells the catalogue: it gets nothing to read.

CREATE VIEW get_cron_catalog_entries_to_delete_by_retention AS
SELECT
    row_number() OVER (ORDER BY b.def_id, b.finished, b.bck_id) AS row_id,
    b.bck_id, b.def_id, b.backup_server_id, b.pgsql_node_id, b.dbname, b.finished, b.retention_period,
    b.retention_redundancy, b.pg_dump_file, b.pg_dump_log_file, b.pg_dump_roles_file, b.pg_dump_roles_log_file,
    b.pg_dump_dbconfig_file, b.pg_dump_dbconfig_log_file, b.manifest_file
FROM backups_past_retention(now()) AS b
WHERE session_has_a_name();

CREATE VIEW get_at_catalog_entries_to_delete_by_retention AS
SELECT
    b.bck_id, b.snapshot_id, b.backup_server_id, b.pgsql_node_id, b.dbname, b.finished, b.retention_period,
    b.pg_dump_file, b.pg_dump_log_file, b.pg_dump_roles_file, b.pg_dump_roles_log_file, b.pg_dump_dbconfig_file,
    b.pg_dump_dbconfig_log_file, b.manifest_file
FROM snapshots_past_retention(now()) AS b
WHERE session_has_a_name();

CREATE VIEW get_deleted_backup_definitions_to_delete_by_retention AS
SELECT gone.def_id FROM deleted_definitions_past_quarantine(now()) AS gone (def_id)
WHERE session_has_a_name();

CREATE VIEW get_catalog_entries_to_delete AS
SELECT
    e.del_id, e.registered, e.def_id, e.bck_id, e.backup_server_id, e.pg_dump_file, e.pg_dump_log_file,
    e.pg_dump_roles_file, e.pg_dump_roles_log_file, e.pg_dump_dbconfig_file, e.pg_dump_dbconfig_log_file,
    e.pgsql_node_id, e.manifest_file
FROM catalog_entries_to_delete AS e
WHERE session_has_a_name();

CREATE VIEW get_restore_logs_to_delete AS
SELECT l.del_id, l.backup_server_id, l.restore_log_file
FROM restore_logs_to_delete AS l
WHERE session_has_a_name();
