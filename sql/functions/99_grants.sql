-- pgbackman_role_ro reads everything but secrets: the values of configuration parameters whose name says that they are
-- one. No parameter of PgBackMan's own is; an operator's may be. Row security hides them; the owner is not bound by it.

ALTER TABLE backup_server_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE backup_server_default_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE pgsql_node_config ENABLE ROW LEVEL SECURITY;
ALTER TABLE pgsql_node_default_config ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS no_secrets ON backup_server_config;
DROP POLICY IF EXISTS no_secrets ON backup_server_default_config;
DROP POLICY IF EXISTS no_secrets ON pgsql_node_config;
DROP POLICY IF EXISTS no_secrets ON pgsql_node_default_config;
CREATE POLICY no_secrets ON backup_server_config FOR SELECT
    USING (parameter !~* '(password|passphrase|secret|token|key)$');
CREATE POLICY no_secrets ON backup_server_default_config FOR SELECT
    USING (parameter !~* '(password|passphrase|secret|token|key)$');
CREATE POLICY no_secrets ON pgsql_node_config FOR SELECT
    USING (parameter !~* '(password|passphrase|secret|token|key)$');
CREATE POLICY no_secrets ON pgsql_node_default_config FOR SELECT
    USING (parameter !~* '(password|passphrase|secret|token|key)$');

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pgbackman_role_ro') THEN
        RETURN;
    END IF;
    GRANT SELECT ON
        server_status, backup_code, job_definition_status, at_definition_status, job_execution_status,
        job_execution_method, alert_type, backup_server, pgsql_node, backup_server_default_config,
        pgsql_node_default_config, backup_server_config, pgsql_node_config, former_backup_directory,
        former_crontab_file, backup_definition, snapshot_definition, backup_catalog, restore_definition,
        restore_catalog, alerts, job_queue, pgsql_node_to_delete, pgsql_node_stopped, catalog_entries_to_delete,
        restore_logs_to_delete, run_in_progress, requested_run, clone_definition, orphaned_result, deleted_run, past_backup,
        pgsql_node_question, backup_directory_mark, file_look, file_looks,
        daemon_sign_of_life, backup_partition_space, backup_partition_space_history,
        pgbackman_version, needed_by_restores, pgsql_node_name, node_database, databases_without_definition,
        alert_delivery, definition_last_run, show_alerts,
        show_backup_servers, show_pgsql_nodes, show_backup_server_config, show_pgsql_node_config, show_jobs_queue,
        show_backup_definitions, show_empty_backup_catalogs, show_snapshot_definitions, show_snapshots_in_progress,
        show_backup_catalog, show_backup_details, show_restore_definitions, show_restore_catalog, show_restore_details,
        show_restores_in_progress, show_backups_in_progress, show_maintenance_windows, show_clones, show_daemons, get_cron_catalog_entries_to_delete_by_retention,
        get_at_catalog_entries_to_delete_by_retention, get_deleted_backup_definitions_to_delete_by_retention,
        get_catalog_entries_to_delete, get_restore_logs_to_delete
    TO pgbackman_role_ro;
END;
$$;
