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

-- The backup's row is locked against deletion from here to the transaction's end; afterwards the waiting restore keeps it.
CREATE FUNCTION register_restore_definition(
    at_time timestamptz, server integer, target_node bigint, backup bigint, target_dbname text, renamed_dbname text,
    extra_parameters text, roles text[]
) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    taken backup_catalog;
    id bigint;
BEGIN
    SELECT * INTO taken FROM backup_catalog AS c WHERE c.bck_id = backup FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup with BckID: % does not exist in the catalog', backup USING ERRCODE = 'no_data_found';
    END IF;
    IF taken.deleting_since IS NOT NULL OR EXISTS (SELECT FROM catalog_entries_to_delete AS e WHERE e.bck_id = backup) THEN
        RAISE EXCEPTION 'Backup with BckID: % is being deleted', backup USING ERRCODE = 'object_in_use';
    END IF;
    IF taken.execution_status IS DISTINCT FROM 'SUCCEEDED' AND taken.execution_status IS DISTINCT FROM 'WARNING' THEN
        RAISE EXCEPTION 'Backup with BckID: % cannot be restored: its status is %', backup, taken.execution_status
            USING ERRCODE = 'invalid_parameter_value', DETAIL = coalesce(taken.error_message, '');
    END IF;
    IF taken.backup_server_id <> server THEN
        RAISE EXCEPTION 'The files of the backup with BckID: % are on the backup server with SrvID: %', backup,
            taken.backup_server_id USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (
        SELECT FROM restore_definition AS r
        WHERE r.target_pgsql_node_id = target_node AND r.target_dbname = register_restore_definition.target_dbname
          AND r.at_time = register_restore_definition.at_time
    ) THEN
        RAISE EXCEPTION 'A restore of this database on this PgSQL node is registered for this time already'
            USING ERRCODE = 'unique_violation', HINT = 'show_restore_definitions lists it.';
    END IF;
    INSERT INTO restore_definition (
        at_time, backup_server_id, target_pgsql_node_id, bck_id, target_dbname, renamed_dbname,
        extra_restore_parameters, roles_to_restore
    )
    VALUES (
        register_restore_definition.at_time, server, target_node, backup, register_restore_definition.target_dbname,
        register_restore_definition.renamed_dbname, extra_parameters, roles
    )
    RETURNING restore_def INTO id;
    RETURN id;
END;
$$;

-- A restore that has begun is not stopped by this, and one that has ended keeps its result.
CREATE FUNCTION delete_restore_definition(restore bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM FROM restore_definition AS r WHERE r.restore_def = restore FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Restore definition with RestoreDef: % does not exist', restore USING ERRCODE = 'no_data_found';
    END IF;
    IF EXISTS (SELECT FROM run_in_progress AS p WHERE p.restore_def = restore) THEN
        RAISE EXCEPTION 'The restore with RestoreDef: % is running', restore USING ERRCODE = 'object_in_use';
    END IF;
    IF EXISTS (SELECT FROM restore_catalog AS c WHERE c.restore_def = restore) THEN
        RAISE EXCEPTION 'The restore with RestoreDef: % has been done', restore USING ERRCODE = 'object_in_use',
            HINT = 'Its result stays in the catalog; show_restore_catalog shows it.';
    END IF;
    DELETE FROM restore_definition AS r WHERE r.restore_def = restore;
END;
$$;

CREATE FUNCTION update_restore_status(restore bigint, new_status text) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE restore_definition SET status = new_status WHERE restore_def = restore;
$$;
