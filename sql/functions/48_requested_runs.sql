-- Runs of a definition that are asked for outside its schedule. They are runs of the definition: they count for its retention, and as
-- its last run.

CREATE FUNCTION request_run(definition bigint, by_whom text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    entry record;
    id bigint;
BEGIN
    SELECT d.job_status, n.status, n.fqdn INTO entry
    FROM backup_definition AS d JOIN pgsql_node AS n ON n.node_id = d.pgsql_node_id
    WHERE d.def_id = definition FOR KEY SHARE OF d;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup definition with DefID: % does not exist', definition USING ERRCODE = 'no_data_found';
    END IF;
    IF entry.job_status = 'DELETED' THEN
        RAISE EXCEPTION 'The database of backup definition with DefID: % does not exist any more (DELETED)', definition
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF entry.status <> 'RUNNING' THEN
        RAISE EXCEPTION 'PgSQL node % is STOPPED: no backup of it is started', entry.fqdn
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'update_pgsql_node makes it RUNNING.';
    END IF;
    IF EXISTS (SELECT FROM run_in_progress AS r WHERE r.def_id = definition) THEN
        RAISE EXCEPTION 'A run of backup definition with DefID: % is in progress', definition
            USING ERRCODE = 'object_in_use', HINT = 'show_backups_in_progress lists it.';
    END IF;
    -- The operator's run takes the place of another attempt.
    DELETE FROM requested_run AS q WHERE q.def_id = definition AND q.run_uuid IS NULL AND q.attempt > 0;
    IF EXISTS (SELECT FROM requested_run AS q WHERE q.def_id = definition AND q.run_uuid IS NULL AND q.status <> 'ERROR') THEN
        RAISE EXCEPTION 'A run of backup definition with DefID: % is requested already', definition
            USING ERRCODE = 'object_in_use', HINT = 'show_backups_in_progress lists it.';
    END IF;
    -- Requests that are over tell nothing that the catalogue of backups does not.
    DELETE FROM requested_run AS q WHERE q.def_id = definition AND q.registered < now() - interval '1 day';
    INSERT INTO requested_run (def_id, requested_by) VALUES (definition, by_whom) RETURNING request_id INTO id;
    RETURN id;
END;
$$;

-- A run has begun for a request, or has a result without having been able to say so.
CREATE FUNCTION note_requested_run(request bigint, definition bigint, run uuid) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE requested_run AS q SET run_uuid = run, status = 'DEFINED', problem = NULL
    WHERE q.request_id = request AND q.def_id = definition AND q.run_uuid IS NULL;
$$;

-- How often a failed run of a definition is tried again; 0 never.
CREATE FUNCTION update_retry_policy(definition bigint, times integer, after interval) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF times NOT BETWEEN 0 AND 10 THEN
        RAISE EXCEPTION 'A failed run can be tried again at most 10 times' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF after NOT BETWEEN interval '1 minute' AND interval '1 day' THEN
        RAISE EXCEPTION 'A failed run can be tried again after 1 minute at least, and after 1 day at most'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE backup_definition AS d SET retry_times = nullif(times, 0), retry_after = after WHERE d.def_id = definition;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup definition with DefID: % does not exist', definition USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

-- After each run of a definition: attempts that wait are out of date, and a failed run may leave a new one. The failure stays in the
-- catalogue, and its alert is raised at once. A run that an operator has cancelled is not tried again, nor one after which another has
-- begun, nor one whose result comes late.
CREATE FUNCTION retry_failed_run() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    own CONSTANT bigint := NEW.run_context ->> 'requested_run';
    before integer;
    policy record;
BEGIN
    PERFORM note_requested_run(own, NEW.def_id, NEW.run_uuid);
    SELECT q.attempt INTO before FROM requested_run AS q WHERE q.def_id = NEW.def_id AND q.run_uuid = NEW.run_uuid;
    DELETE FROM requested_run AS q WHERE q.def_id = NEW.def_id AND q.run_uuid IS NULL AND q.attempt > 0;
    -- What a request that is gone has started is the last attempt.
    IF NEW.execution_status <> 'ERROR' OR (own IS NOT NULL AND before IS NULL) THEN
        RETURN NULL;
    END IF;
    SELECT d.job_status, coalesce(d.retry_times, 0) AS times, NEW.finished + d.retry_after AS due INTO policy
    FROM backup_definition AS d WHERE d.def_id = NEW.def_id;
    IF policy.job_status <> 'ACTIVE' OR coalesce(before, 0) >= policy.times OR policy.due < now() - interval '1 hour'
        OR EXISTS (SELECT FROM run_in_progress AS r WHERE r.run_uuid = NEW.run_uuid AND r.cancel_requested IS NOT NULL)
        OR EXISTS (SELECT FROM run_in_progress AS r WHERE r.def_id = NEW.def_id AND r.run_uuid <> NEW.run_uuid)
        OR EXISTS (SELECT FROM backup_catalog AS c WHERE c.def_id = NEW.def_id AND c.started > NEW.started)
    THEN
        RETURN NULL;
    END IF;
    -- at knows minutes only: not before its time.
    INSERT INTO requested_run (def_id, requested_by, at_time, attempt)
    VALUES (
        NEW.def_id, 'another attempt after BckID ' || NEW.bck_id,
        date_trunc('minute', policy.due + interval '59.999 seconds'), coalesce(before, 0) + 1
    )
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;

-- A definition that is not ACTIVE any more is not tried again.
CREATE FUNCTION drop_retries() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM requested_run AS q WHERE q.def_id = NEW.def_id AND q.run_uuid IS NULL AND q.attempt > 0;
    RETURN NULL;
END;
$$;
