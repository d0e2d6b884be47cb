-- Runs of pgbackman_restore and their results.

-- Saying it twice is saying it once; another run of a restore that was begun or has a result is refused.
CREATE FUNCTION begin_restore_run(
    run uuid, restore bigint, server integer, node bigint, pid bigint, started timestamptz
) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM restore_catalog AS c WHERE c.restore_def = restore AND c.run_uuid IS DISTINCT FROM run) THEN
        RAISE EXCEPTION 'Restore with RestoreDef: % has been run', restore USING ERRCODE = 'unique_violation';
    END IF;
    INSERT INTO run_in_progress (run_uuid, restore_def, backup_server_id, pgsql_node_id, procpid, started)
    VALUES (run, restore, server, node, pid, begin_restore_run.started)
    ON CONFLICT (run_uuid) DO NOTHING;
END;
$$;

-- Registers how a restore ended, once per run. Without its definition there is nothing to register it under: then NULL.
-- A higher revision says anew which database is where; an older one that comes late changes nothing.
CREATE FUNCTION register_restore_result(
    run uuid, restore bigint, pid integer, server integer, target_node bigint, source_dbname text, target_dbname text,
    renamed_dbname text, started timestamptz, finished timestamptz, log_file text, global_log_file text, status text,
    error_message text, roles text[], target_release text, backup_release text, revision integer DEFAULT 0
) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    id bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(run::text, 0));
    SELECT c.restore_id INTO id FROM restore_catalog AS c WHERE c.run_uuid = run;
    IF NOT FOUND THEN
        PERFORM FROM restore_definition AS d WHERE d.restore_def = restore FOR KEY SHARE;
        IF FOUND THEN
            INSERT INTO restore_catalog (
                restore_def, procpid, backup_server_id, target_pgsql_node_id, source_dbname, target_dbname,
                renamed_dbname, started, finished, duration, restore_log_file, global_log_file, execution_status,
                error_message, role_list, target_pgsql_node_release, backup_pg_release, run_uuid, revision
            )
            VALUES (
                restore, pid, server, target_node, register_restore_result.source_dbname,
                register_restore_result.target_dbname, register_restore_result.renamed_dbname,
                register_restore_result.started, register_restore_result.finished,
                register_restore_result.finished - register_restore_result.started, log_file,
                register_restore_result.global_log_file, status, register_restore_result.error_message, roles,
                target_release, backup_release, run, register_restore_result.revision
            )
            RETURNING restore_id INTO id;
        END IF;
    ELSE
        UPDATE restore_catalog AS c
        SET error_message = register_restore_result.error_message,
            renamed_dbname = register_restore_result.renamed_dbname,
            revision = register_restore_result.revision
        WHERE c.restore_id = id AND coalesce(c.revision, 0) < register_restore_result.revision;
    END IF;
    DELETE FROM run_in_progress AS r WHERE r.run_uuid = run;
    RETURN id;
END;
$$;
