-- Every table that 1.x writes to.

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY[
        'alerts', 'backup_catalog', 'backup_definition', 'backup_server', 'backup_server_config',
        'backup_server_default_config', 'catalog_entries_to_delete', 'job_queue', 'pgbackman_version', 'pgsql_node',
        'pgsql_node_config', 'pgsql_node_default_config', 'pgsql_node_stopped', 'pgsql_node_to_delete',
        'restore_catalog', 'restore_definition', 'restore_logs_to_delete', 'snapshot_definition'
    ]
    LOOP
        EXECUTE format(
            'CREATE TRIGGER keep_programs_of_1_x_out BEFORE INSERT OR UPDATE OR DELETE ON %I '
            'FOR EACH STATEMENT EXECUTE FUNCTION keep_programs_of_1_x_out()', kept
        );
    END LOOP;
END;
$$;
