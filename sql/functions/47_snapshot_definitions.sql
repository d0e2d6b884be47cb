-- Snapshot definitions: what they may be, and how they go with their backup.

-- What no program may write, whoever connects.
CREATE FUNCTION check_snapshot_definition() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    problem CONSTANT text := CASE
        WHEN NEW.retention_period < interval '0' THEN 'the retention period cannot be negative'
        WHEN NEW.encryption THEN 'backups cannot be encrypted yet (encryption true)'
        WHEN NEW.backup_code = 'CONFIG' THEN 'the backup code CONFIG is not available'
        WHEN NEW.dbname = '' AND NEW.backup_code <> 'CLUSTER'
            THEN 'only a snapshot with the backup code CLUSTER has no database'
    END;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'The snapshot definition is not valid: %', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER check_snapshot_definition BEFORE INSERT ON snapshot_definition
    FOR EACH ROW EXECUTE FUNCTION check_snapshot_definition();

-- The times that at can be told.
CREATE FUNCTION check_at_time() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.at_time IS NULL OR NEW.at_time NOT BETWEEN '1970-01-02 00:00:00+00' AND '9999-12-30 00:00:00+00' THEN
        RAISE EXCEPTION 'The time % is none that at can be given', NEW.at_time USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER check_at_time BEFORE INSERT OR UPDATE OF at_time ON snapshot_definition
    FOR EACH ROW EXECUTE FUNCTION check_at_time();
CREATE TRIGGER check_at_time BEFORE INSERT OR UPDATE OF at_time ON restore_definition
    FOR EACH ROW EXECUTE FUNCTION check_at_time();

-- Deletes a snapshot with its backups: the rows go at once, the files wait for maintenance. What a run of it still brings
-- becomes an orphaned result.
CREATE FUNCTION delete_force_snapshot_definition(snapshot bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    -- Keeps results from being registered between the next statements, and restores of the backups from being defined.
    PERFORM FROM snapshot_definition AS s WHERE s.snapshot_id = snapshot FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Snapshot definition with SnapshotID: % does not exist', snapshot
            USING ERRCODE = 'no_data_found';
    END IF;
    PERFORM FROM backup_catalog AS c WHERE c.snapshot_id = snapshot ORDER BY c.bck_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM backup_catalog AS c
        WHERE c.snapshot_id = snapshot
          AND c.bck_id IN (SELECT needed FROM backups_needed_by_restores(now()) AS needed)
    ) THEN
        RAISE EXCEPTION 'A backup of this snapshot is needed by a restore that waits or runs'
            USING ERRCODE = 'object_in_use', HINT = 'Wait for the restore, or delete its definition first.';
    END IF;
    PERFORM refuse_kept_backups('{}', snapshot);
    INSERT INTO catalog_entries_to_delete (
        snapshot_id, bck_id, backup_server_id, pg_dump_file, pg_dump_log_file, pg_dump_roles_file,
        pg_dump_roles_log_file, pg_dump_dbconfig_file, pg_dump_dbconfig_log_file, pgsql_node_id, manifest_file
    )
    SELECT
        c.snapshot_id, c.bck_id, c.backup_server_id, c.pg_dump_file, c.pg_dump_log_file, c.pg_dump_roles_file,
        c.pg_dump_roles_log_file, c.pg_dump_dbconfig_file, c.pg_dump_dbconfig_log_file, c.pgsql_node_id, c.manifest_file
    FROM backup_catalog AS c WHERE c.snapshot_id = snapshot ORDER BY c.bck_id;
    DELETE FROM backup_catalog AS c WHERE c.snapshot_id = snapshot;
    DELETE FROM run_in_progress AS r WHERE r.snapshot_id = snapshot;
    DELETE FROM snapshot_definition AS s WHERE s.snapshot_id = snapshot;
END;
$$;
