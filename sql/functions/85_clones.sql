-- Clones: a snapshot that is not kept long, and the restore that the database registers when the snapshot has succeeded,
-- whoever tells of it and however late.

-- A snapshot of the same database at the same time is shared, while it has no backup yet.
CREATE FUNCTION register_clone(
    server integer, node bigint, dbname text, target_node bigint, target_dbname text, renamed_dbname text,
    at_time timestamptz, extra_parameters text, retention_period interval
) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    snapshot bigint;
    id bigint;
BEGIN
    INSERT INTO snapshot_definition (
        backup_server_id, pgsql_node_id, dbname, at_time, backup_code, retention_period, remarks
    )
    VALUES (
        server, node, register_clone.dbname, register_clone.at_time, 'FULL', register_clone.retention_period, 'clone'
    )
    ON CONFLICT DO NOTHING
    RETURNING snapshot_id INTO snapshot;
    IF snapshot IS NULL THEN
        -- Locked against the registration of its result, which would not see the clone.
        SELECT s.snapshot_id INTO snapshot
        FROM snapshot_definition AS s
        WHERE s.backup_server_id = server AND s.pgsql_node_id = node AND s.dbname = register_clone.dbname
          AND s.at_time = register_clone.at_time AND s.backup_code = 'FULL' AND s.extra_backup_parameters = ''
        FOR UPDATE;
        IF snapshot IS NULL
            OR EXISTS (SELECT FROM backup_catalog AS c WHERE c.snapshot_id = snapshot)
            OR EXISTS (SELECT FROM snapshot_definition AS s WHERE s.snapshot_id = snapshot AND s.status = 'ERROR')
        THEN
            RAISE EXCEPTION 'A snapshot of this database at this time has been taken already'
                USING ERRCODE = 'unique_violation', HINT = 'Choose another time.';
        END IF;
    END IF;
    INSERT INTO clone_definition (
        backup_server_id, pgsql_node_id, dbname, target_pgsql_node_id, target_dbname, renamed_dbname,
        extra_restore_parameters, at_time, snapshot_id
    )
    VALUES (
        server, node, register_clone.dbname, target_node, register_clone.target_dbname, register_clone.renamed_dbname,
        extra_parameters, register_clone.at_time, snapshot
    )
    RETURNING clone_id INTO id;
    RETURN id;
END;
$$;

-- How a clone ends that has no result of its own.
CREATE FUNCTION fail_clone(clone bigint, reason text) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE clone_definition AS d SET execution_status = 'ERROR', error_message = reason, finished = now()
    WHERE d.clone_id = clone;
$$;

-- The snapshot's result is there: the restore follows, or the clone has failed. Whatever is wrong with the clone, the
-- backup is registered.
CREATE FUNCTION continue_clones() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    clone clone_definition;
    restore bigint;
BEGIN
    FOR clone IN
        SELECT * FROM clone_definition AS d
        WHERE d.snapshot_id = NEW.snapshot_id AND d.restore_def IS NULL AND d.execution_status IS NULL
        ORDER BY d.clone_id FOR UPDATE
    LOOP
        IF NEW.execution_status = 'ERROR' THEN
            PERFORM fail_clone(clone.clone_id, 'The snapshot failed: ' || coalesce(NEW.error_message, ''));
            CONTINUE;
        END IF;
        BEGIN
            -- An empty list of roles: each one that the target lacks is made, the others are used.
            restore := register_restore_definition(
                clock_timestamp(), clone.backup_server_id, clone.target_pgsql_node_id, NEW.bck_id, clone.target_dbname,
                clone.renamed_dbname, clone.extra_restore_parameters, '{}'
            );
            UPDATE clone_definition AS d SET restore_def = restore WHERE d.clone_id = clone.clone_id;
        EXCEPTION WHEN OTHERS THEN
            PERFORM fail_clone(clone.clone_id, 'The restore could not be registered: ' || SQLERRM);
        END;
    END LOOP;
    RETURN NULL;
END;
$$;
CREATE TRIGGER continue_clones AFTER INSERT ON backup_catalog
    FOR EACH ROW WHEN (NEW.snapshot_id IS NOT NULL) EXECUTE FUNCTION continue_clones();

-- The restore's result is the clone's. It is kept here, since snapshot and restore go with their retention.
CREATE FUNCTION end_clone() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE clone_definition AS d
    SET execution_status = NEW.execution_status, error_message = nullif(NEW.error_message, ''), finished = NEW.finished
    WHERE d.restore_def = NEW.restore_def AND (d.execution_status IS NULL OR TG_OP = 'UPDATE');
    RETURN NULL;
END;
$$;
CREATE TRIGGER end_clone AFTER INSERT OR UPDATE OF error_message ON restore_catalog
    FOR EACH ROW EXECUTE FUNCTION end_clone();

-- What was to become a clone is deleted.
CREATE FUNCTION end_clones_of_snapshot() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM fail_clone(d.clone_id, 'The snapshot was deleted')
    FROM clone_definition AS d
    WHERE d.snapshot_id = OLD.snapshot_id AND d.restore_def IS NULL AND d.execution_status IS NULL;
    RETURN OLD;
END;
$$;
CREATE TRIGGER end_clones_of_snapshot BEFORE DELETE ON snapshot_definition
    FOR EACH ROW EXECUTE FUNCTION end_clones_of_snapshot();

CREATE FUNCTION end_clones_of_restore() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM fail_clone(d.clone_id, 'The restore was deleted')
    FROM clone_definition AS d
    WHERE d.restore_def = OLD.restore_def AND d.execution_status IS NULL;
    RETURN OLD;
END;
$$;
CREATE TRIGGER end_clones_of_restore BEFORE DELETE ON restore_definition
    FOR EACH ROW EXECUTE FUNCTION end_clones_of_restore();

-- How many clones ended before a time.
CREATE FUNCTION ended_clones(before timestamptz) RETURNS bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT count(*) FROM clone_definition AS c WHERE c.finished < before;
$$;

-- Forgets them. Returns how many.
CREATE FUNCTION forget_ended_clones(before timestamptz) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    WITH gone AS (DELETE FROM clone_definition AS c WHERE c.finished < before RETURNING c.clone_id)
    SELECT count(*) FROM gone;
$$;
