-- Runs that the catalogue believes to go on and of which their backup server knows nothing any more.

-- Ends such a run; a backup's is registered as ERROR, and its entry is returned.
CREATE FUNCTION register_lost_run(run uuid, message text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    lost run_in_progress;
    entry bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(run::text, 0));
    SELECT * INTO lost FROM run_in_progress AS r WHERE r.run_uuid = run;
    IF num_nonnulls(lost.def_id, lost.snapshot_id) = 0 OR EXISTS (SELECT FROM backup_catalog AS c WHERE c.run_uuid = run) THEN
        DELETE FROM run_in_progress AS r WHERE r.run_uuid = run;
        RETURN NULL;
    END IF;
    INSERT INTO backup_catalog (
        def_id, snapshot_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration,
        global_log_file, execution_status, execution_method, error_message, run_uuid
    )
    VALUES (
        lost.def_id, lost.snapshot_id, lost.procpid, lost.backup_server_id, lost.pgsql_node_id,
        coalesce(
            (SELECT d.dbname FROM backup_definition AS d WHERE d.def_id = lost.def_id),
            (SELECT s.dbname FROM snapshot_definition AS s WHERE s.snapshot_id = lost.snapshot_id)
        ),
        lost.started, lost.started, interval '0', '', 'ERROR',
        CASE WHEN lost.def_id IS NULL THEN 'AT' ELSE 'CRON' END, message, run
    )
    RETURNING bck_id INTO entry;
    DELETE FROM run_in_progress AS r WHERE r.run_uuid = run;
    RETURN entry;
END;
$$;
