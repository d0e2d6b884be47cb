-- 1.2's way to register a backup and a restore, for tests in which its programs are at work. The arguments are named in
-- docs/spec/backups.md: they are what its pending files hold.

CREATE OR REPLACE FUNCTION register_backup_catalog(
    integer, integer, integer, integer, text, timestamptz, timestamptz, interval, text, bigint, text, text, bigint, text,
    text, bigint, text, text, text, text, text, integer, text[], text, text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO backup_catalog (
        def_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration, pg_dump_file,
        pg_dump_file_size, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_file_size, pg_dump_roles_log_file,
        pg_dump_dbconfig_file, pg_dump_dbconfig_file_size, pg_dump_dbconfig_log_file, global_log_file, execution_status,
        execution_method, error_message, snapshot_id, role_list, pgsql_node_release, pg_dump_release
    )
    VALUES (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25
    );
END;
$$;
