-- Snapshot and restore definitions.

CREATE FUNCTION register_snapshot_definition(
    server integer, node bigint, dbname text, at_time timestamptz, code text, retention_period interval,
    extra_parameters text, tag text, release text
) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO snapshot_definition (
        backup_server_id, pgsql_node_id, dbname, at_time, backup_code, retention_period, extra_backup_parameters,
        remarks, pg_dump_release
    )
    VALUES (server, node, dbname, at_time, upper(code), retention_period, extra_parameters, tag, release)
    RETURNING snapshot_id;
$$;

CREATE FUNCTION update_snapshot_status(snapshot bigint, new_status text) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE snapshot_definition SET status = new_status WHERE snapshot_id = snapshot;
$$;

CREATE FUNCTION delete_snapshot_definition(snapshot bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM snapshot_definition AS s WHERE s.snapshot_id = snapshot;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Snapshot definition with SnapshotID: % does not exist', snapshot
            USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

CREATE FUNCTION register_restore_definition(
    at_time timestamptz, server integer, target_node bigint, backup bigint, target_dbname text, renamed_dbname text,
    extra_parameters text, roles text[]
) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO restore_definition (
        at_time, backup_server_id, target_pgsql_node_id, bck_id, target_dbname, renamed_dbname,
        extra_restore_parameters, roles_to_restore
    )
    VALUES (at_time, server, target_node, backup, target_dbname, renamed_dbname, extra_parameters, roles)
    RETURNING restore_def;
$$;

CREATE FUNCTION update_restore_status(restore bigint, new_status text) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE restore_definition SET status = new_status WHERE restore_def = restore;
$$;
