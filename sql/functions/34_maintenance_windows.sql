-- Maintenance windows of PgSQL nodes: STOPPED until a time, with all that follows from it, and then RUNNING by itself.

CREATE FUNCTION start_maintenance_window(node bigint, until timestamptz, reason text) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    entry pgsql_node;
BEGIN
    IF until <= now() OR until > now() + interval '30 days' THEN
        RAISE EXCEPTION 'A maintenance window ends in the future, within 30 days' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO entry FROM pgsql_node AS n WHERE n.node_id = node FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'PgSQL node with NodeID: % does not exist', node USING ERRCODE = 'no_data_found';
    END IF;
    -- One that an operator has stopped is not to start by itself.
    IF entry.status = 'STOPPED' AND entry.window_until IS NULL THEN
        RAISE EXCEPTION 'PgSQL node % is STOPPED already', entry.fqdn USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'A window would make it RUNNING at its end. No backup of it runs until update_pgsql_node makes it RUNNING.';
    END IF;
    UPDATE pgsql_node AS n SET status = 'STOPPED', window_until = until, window_reason = nullif(reason, '')
    WHERE n.node_id = node;
END;
$$;

CREATE FUNCTION end_maintenance_window(node bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE pgsql_node AS n SET status = 'RUNNING' WHERE n.node_id = node AND n.window_until IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'PgSQL node with NodeID: % has no maintenance window', node USING ERRCODE = 'no_data_found',
            HINT = 'show_maintenance_windows lists the windows.';
    END IF;
END;
$$;

-- Ends the windows whose time has come. Every daemon asks for it with its report, once a minute.
CREATE FUNCTION end_due_maintenance_windows(as_of timestamptz) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE pgsql_node AS n SET status = 'RUNNING' WHERE n.window_until <= coalesce(as_of, now());
$$;
