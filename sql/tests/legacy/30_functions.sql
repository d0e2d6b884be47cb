-- The functions of 1.2; they do nothing. Triggers, and who owns what.

-- Signatures: name, arguments, result.
DO $$
DECLARE
    f record;
BEGIN
    FOR f IN SELECT * FROM (VALUES
        ('check_pgsql_node_status', 'integer', 'void'),
        ('delete_alert', 'integer', 'void'),
        ('delete_backup_catalog', 'integer', 'void'),
        ('delete_backup_definition_dbname', 'integer, text', 'void'),
        ('delete_backup_definition_id', 'integer', 'void'),
        ('delete_backup_server', 'integer', 'void'),
        ('delete_catalog_entries_to_delete', 'integer', 'void'),
        ('delete_force_backup_definition_dbname', 'integer, text', 'void'),
        ('delete_force_backup_definition_id', 'integer', 'void'),
        ('delete_pgsql_node', 'integer', 'void'),
        ('delete_pgsql_node_to_delete', 'integer, integer', 'void'),
        ('delete_pgsql_nodes_stopped', '', 'trigger'),
        ('delete_restore_logs_to_delete', 'integer', 'void'),
        ('delete_snapshot_definition', 'integer', 'void'),
        ('generate_backup_catalog_alert', '', 'trigger'),
        ('generate_crontab_backup_jobs', 'integer, integer', 'text'),
        ('generate_restore_at_file', 'integer', 'text'),
        ('generate_snapshot_at_file', 'integer', 'text'),
        ('get_backup_definition_def_value', 'integer, text', 'text'),
        ('get_backup_server_config_value', 'integer, text', 'text'),
        ('get_backup_server_def_value', 'integer, text', 'text'),
        ('get_backup_server_fqdn', 'integer', 'text'),
        ('get_backup_server_id', 'text', 'integer'),
        ('get_backup_server_id_from_bckid', 'integer', 'text'),
        ('get_dbname_from_bckid', 'integer', 'text'),
        ('get_default_backup_server_parameter', 'text', 'text'),
        ('get_default_pgsql_node_parameter', 'text', 'text'),
        ('get_hour_from_interval', 'text', 'text'),
        ('get_listen_channel_names', 'integer', 'SETOF text'),
        ('get_minute_from_interval', 'text', 'text'),
        ('get_next_crontab_id_to_generate', 'integer', 'integer'),
        ('get_pgsql_node_admin_user', 'integer', 'text'),
        ('get_pgsql_node_config_value', 'integer, text', 'text'),
        ('get_pgsql_node_def_value', 'integer, text', 'text'),
        ('get_pgsql_node_dsn', 'integer', 'text'),
        ('get_pgsql_node_fqdn', 'integer', 'text'),
        ('get_pgsql_node_id', 'text', 'integer'),
        ('get_pgsql_node_port', 'integer', 'text'),
        ('get_role_list_from_bckid', 'integer', 'text[]'),
        ('notify_new_restore', '', 'trigger'),
        ('notify_new_snapshot', '', 'trigger'),
        ('notify_pgsql_node_change', '', 'trigger'),
        ('notify_pgsql_node_deleted', '', 'trigger'),
        ('register_backup_catalog', 'integer, integer, integer, integer, text, timestamptz, timestamptz, interval, text, bigint, text, text, bigint, text, text, bigint, text, text, text, text, text, integer, text[], text, text', 'void'),
        ('register_backup_definition', 'integer, integer, text, varchar, varchar, varchar, varchar, varchar, varchar, boolean, interval, integer, text, varchar, text', 'void'),
        ('register_backup_server', 'text, text, varchar, text', 'void'),
        ('register_pgsql_node', 'text, text, integer, text, varchar, text', 'void'),
        ('register_restore_catalog', 'bigint, integer, integer, integer, text, text, text, timestamptz, timestamptz, interval, text, text, text, text, text[], text, text', 'void'),
        ('register_restore_definition', 'timestamp without time zone, integer, integer, integer, text, text, text, text[]', 'void'),
        ('register_snapshot_definition', 'integer, integer, text, timestamp without time zone, varchar, interval, text, text, text', 'void'),
        ('update_alert_sent', 'integer, boolean', 'void'),
        ('update_backup_definition', 'integer, text, text, text, text, text, interval, integer, text, text, text', 'void'),
        ('update_backup_definition_registration', '', 'trigger'),
        ('update_backup_definition_status_to_delete', 'integer', 'void'),
        ('update_backup_server', 'integer, text', 'void'),
        ('update_backup_server_config', 'integer, text, text, text, text, text, text, text, text, text', 'void'),
        ('update_backup_server_configuration', '', 'trigger'),
        ('update_job_queue', '', 'trigger'),
        ('update_job_queue', 'integer, integer', 'void'),
        ('update_pgsql_node', 'integer, integer, text, text, text', 'void'),
        ('update_pgsql_node_config', 'integer, text, text, text, text, text, text, interval, integer, interval, text, text, text, text, text, text, integer, text, text, text', 'void'),
        ('update_pgsql_node_configuration', '', 'trigger'),
        ('update_pgsql_nodes_to_delete', '', 'trigger'),
        ('update_restore_logs_to_delete', '', 'trigger'),
        ('update_restore_status', 'integer, text', 'void'),
        ('update_snapshot_status', 'integer, text', 'void')
    ) AS signature (name, arguments, result)
    LOOP
        EXECUTE format(
            'CREATE FUNCTION %I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.name, f.arguments, f.result,
            CASE WHEN f.result = 'trigger' THEN 'BEGIN RETURN coalesce(NEW, OLD); END;'
                WHEN f.result LIKE 'SETOF%' THEN 'BEGIN RETURN; END;'
                WHEN f.result = 'void' THEN 'BEGIN RETURN; END;'
                ELSE 'BEGIN RETURN NULL; END;' END
        );
    END LOOP;
END;
$$;

CREATE TRIGGER generate_backup_catalog_alert AFTER INSERT OR UPDATE ON backup_catalog
    FOR EACH ROW EXECUTE FUNCTION generate_backup_catalog_alert();
CREATE TRIGGER update_backup_definition_registration BEFORE UPDATE ON backup_definition
    FOR EACH ROW EXECUTE FUNCTION update_backup_definition_registration();
CREATE TRIGGER update_job_queue AFTER INSERT OR UPDATE OR DELETE ON backup_definition
    FOR EACH ROW EXECUTE FUNCTION update_job_queue();
CREATE TRIGGER update_backup_server_configuration AFTER INSERT ON backup_server
    FOR EACH ROW EXECUTE FUNCTION update_backup_server_configuration();
CREATE TRIGGER notify_new_snapshot AFTER INSERT ON snapshot_definition
    FOR EACH ROW EXECUTE FUNCTION notify_new_snapshot();
CREATE TRIGGER delete_pgsql_nodes_stopped AFTER DELETE ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION delete_pgsql_nodes_stopped();
CREATE TRIGGER notify_pgsql_node_change AFTER INSERT OR UPDATE ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION notify_pgsql_node_change();
CREATE TRIGGER notify_pgsql_node_deleted AFTER DELETE ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION notify_pgsql_node_deleted();
CREATE TRIGGER update_pgsql_node_configuration AFTER INSERT ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION update_pgsql_node_configuration();
CREATE TRIGGER update_pgsql_nodes_to_delete AFTER DELETE ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION update_pgsql_nodes_to_delete();
CREATE TRIGGER update_restore_logs_to_delete AFTER DELETE ON restore_catalog
    FOR EACH ROW EXECUTE FUNCTION update_restore_logs_to_delete();
CREATE TRIGGER notify_new_restore AFTER INSERT ON restore_definition
    FOR EACH ROW EXECUTE FUNCTION notify_new_restore();

DO $$
DECLARE
    object text;
BEGIN
    FOR object IN
        SELECT 'TABLE ' || oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        UNION ALL
        SELECT 'VIEW ' || oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
        UNION ALL
        SELECT 'FUNCTION ' || oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proname <> 'update_pgsql_node_configuration'
    LOOP
        EXECUTE 'ALTER ' || object || ' OWNER TO pgbackman_role_rw';
    END LOOP;
END;
$$;
