-- Runs of pgbackman_dump and their results.

-- Saying it twice is saying it once; another run of a snapshot that was begun or taken is refused.
CREATE FUNCTION begin_backup_run(
    run uuid, definition bigint, snapshot bigint, server integer, node bigint, pid bigint, started timestamptz
) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM backup_catalog AS c WHERE c.snapshot_id = snapshot AND c.run_uuid IS DISTINCT FROM run) THEN
        RAISE EXCEPTION 'Snapshot with SnapshotID: % has been taken', snapshot USING ERRCODE = 'unique_violation';
    END IF;
    INSERT INTO run_in_progress (
        run_uuid, def_id, snapshot_id, backup_server_id, pgsql_node_id, procpid, started
    )
    VALUES (run, definition, snapshot, server, node, pid, begin_backup_run.started)
    ON CONFLICT (run_uuid) DO NOTHING;
END;
$$;

-- The end of a node's quarantine, counted from a time; from the defaults where the node is gone or its value unreadable.
CREATE FUNCTION quarantine_end(node bigint, since timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT since + coalesce(
        interval_or_null(get_pgsql_node_config_value(node, 'automatic_deletion_retention')),
        interval_or_null(get_default_pgsql_node_parameter('automatic_deletion_retention')),
        interval '14 days'
    );
$$;

-- Registers how a run ended, once, however often it is told. The document is domain::backup::BackupResult as JSON.
-- outcome: registered (with the new bck_id), already_registered, orphaned.
CREATE FUNCTION register_backup_result(result jsonb, OUT outcome text, OUT bck_id bigint)
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    run CONSTANT uuid := result ->> 'run_uuid';
    definition CONSTANT bigint := result #>> '{origin,definition}';
    snapshot CONSTANT bigint := result #>> '{origin,snapshot}';
    server CONSTANT integer := result ->> 'server';
    node CONSTANT bigint := result ->> 'node';
BEGIN
    IF run IS NULL OR num_nonnulls(definition, snapshot) <> 1 THEN
        RAISE EXCEPTION 'A result without a run or an origin cannot be registered'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- The same result may be told by two processes at once; the second waits and then sees the first one's row.
    PERFORM pg_advisory_xact_lock(hashtextextended(run::text, 0));

    SELECT c.bck_id INTO bck_id FROM backup_catalog AS c WHERE c.run_uuid = run;
    IF FOUND
        OR EXISTS (SELECT FROM deleted_run AS d WHERE d.run_uuid = run)
        OR EXISTS (SELECT FROM orphaned_result AS o WHERE o.run_uuid = run)
    THEN
        outcome := 'already_registered';
    ELSIF origin_exists(definition, snapshot, server, node) THEN
        bck_id := insert_backup(result);
        outcome := 'registered';
    ELSE
        PERFORM insert_orphan(result);
        outcome := 'orphaned';
    END IF;
    DELETE FROM run_in_progress AS r WHERE r.run_uuid = run;
    PERFORM note_requested_run((result #>> '{context,requested_run}')::bigint, definition, run);
END;
$$;

-- Whether everything that a row of backup_catalog refers to is there; it then stays until the transaction's end.
CREATE FUNCTION origin_exists(definition bigint, snapshot bigint, server integer, node bigint) RETURNS boolean
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF definition IS NOT NULL THEN
        PERFORM FROM backup_definition AS d WHERE d.def_id = definition FOR KEY SHARE;
    ELSE
        PERFORM FROM snapshot_definition AS s WHERE s.snapshot_id = snapshot FOR KEY SHARE;
    END IF;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM backup_server AS s WHERE s.server_id = server FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM pgsql_node AS n WHERE n.node_id = node FOR KEY SHARE;
    RETURN FOUND;
END;
$$;

CREATE FUNCTION insert_backup(result jsonb) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO backup_catalog (
        def_id, snapshot_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration,
        pg_dump_file, pg_dump_file_size, pg_dump_log_file,
        pg_dump_roles_file, pg_dump_roles_file_size, pg_dump_roles_log_file,
        pg_dump_dbconfig_file, pg_dump_dbconfig_file_size, pg_dump_dbconfig_log_file,
        global_log_file, execution_status, execution_method, error_message, role_list,
        pgsql_node_release, pg_dump_release, checksum, dbname_size,
        run_uuid, datoid, manifest_file, encrypted, run_context
    )
    SELECT
        (result #>> '{origin,definition}')::bigint,
        (result #>> '{origin,snapshot}')::bigint,
        (result ->> 'procpid')::integer,
        (result ->> 'server')::integer,
        (result ->> 'node')::integer,
        result ->> 'dbname',
        (result ->> 'started')::timestamptz,
        (result ->> 'finished')::timestamptz,
        (result ->> 'finished')::timestamptz - (result ->> 'started')::timestamptz,
        result #>> '{dump,file}', (result #>> '{dump,size}')::bigint, result #>> '{dump,log}',
        result #>> '{roles,file}', (result #>> '{roles,size}')::bigint, result #>> '{roles,log}',
        result #>> '{dbconfig,file}', (result #>> '{dbconfig,size}')::bigint, result #>> '{dbconfig,log}',
        result ->> 'global_log',
        result ->> 'status',
        CASE
            WHEN result #>> '{origin,definition}' IS NULL OR result #>> '{context,requested_run}' IS NOT NULL THEN 'AT'
            ELSE 'CRON'
        END,
        coalesce(result ->> 'error_message', ''),
        ARRAY (SELECT jsonb_array_elements_text(result -> 'role_list')),
        result ->> 'node_release',
        result ->> 'pg_dump_release',
        result ->> 'checksum',
        (result ->> 'dbname_size')::bigint,
        (result ->> 'run_uuid')::uuid,
        (result ->> 'datoid')::oid,
        result ->> 'manifest_file',
        (result ->> 'encrypted')::boolean,
        result -> 'context'
    RETURNING bck_id;
$$;

CREATE FUNCTION insert_orphan(result jsonb) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO orphaned_result (
        run_uuid, def_id, snapshot_id, backup_server_id, pgsql_node_id, dbname, finished, execution_status,
        error_message, pg_dump_file, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_log_file,
        pg_dump_dbconfig_file, pg_dump_dbconfig_log_file, manifest_file, delete_after, result
    )
    SELECT
        (result ->> 'run_uuid')::uuid,
        (result #>> '{origin,definition}')::bigint,
        (result #>> '{origin,snapshot}')::bigint,
        (result ->> 'server')::integer,
        (result ->> 'node')::bigint,
        result ->> 'dbname',
        (result ->> 'finished')::timestamptz,
        result ->> 'status',
        result ->> 'error_message',
        result #>> '{dump,file}', result #>> '{dump,log}',
        result #>> '{roles,file}', result #>> '{roles,log}',
        result #>> '{dbconfig,file}', result #>> '{dbconfig,log}',
        result ->> 'manifest_file',
        quarantine_end((result ->> 'node')::bigint, now()),
        result;
$$;

-- An entry whose files are gone. A snapshot is over with its last backup.
CREATE FUNCTION delete_backup_catalog(backup bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    snapshot bigint;
BEGIN
    DELETE FROM backup_catalog AS c WHERE c.bck_id = backup RETURNING c.snapshot_id INTO snapshot;
    DELETE FROM snapshot_definition AS s
    WHERE s.snapshot_id = snapshot
      AND NOT EXISTS (SELECT FROM backup_catalog AS c WHERE c.snapshot_id = snapshot)
      AND NOT EXISTS (SELECT FROM run_in_progress AS r WHERE r.snapshot_id = snapshot);
END;
$$;
