-- Alerts: raised once, sent once by each way, resolved once. Times are parameters, so that they can be tested.

CREATE FUNCTION backup_made_up_for(better bigint, status text) RETURNS text
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT format('A later run ended with %s: BckID %s.', status, better);
$$;

-- A condition lasts. Told unless it is told already, or was for what began then or later. Returns the alert, or NULL.
CREATE FUNCTION raise_alert(
    kind text, what text, since timestamptz, reference bigint, backup bigint, server integer, node bigint, database text,
    status text, message text, as_of timestamptz
) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO alerts (
        registered, alert_type, ref_id, bck_id, backup_server_id, pgsql_node_id, dbname, execution_status, error_message,
        sendto, condition, condition_since
    )
    SELECT
        as_of, kind, reference, backup, server, node, database, status, message,
        coalesce(get_pgsql_node_config_value(node, 'logs_email'), ''), what, since
    WHERE NOT EXISTS (
        SELECT FROM alerts AS a WHERE a.condition = what AND (a.resolved IS NULL OR a.condition_since >= since)
    )
    ON CONFLICT (condition) WHERE resolved IS NULL DO NOTHING
    RETURNING alert_id;
$$;

-- These conditions have ended.
CREATE FUNCTION resolve_alerts(ids bigint[], reasons text[], as_of timestamptz) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE alerts AS a SET resolved = as_of, resolution = ended.reason
    FROM unnest(ids, reasons) AS ended (id, reason)
    WHERE a.alert_id = ended.id AND a.resolved IS NULL;
$$;

-- By which ways what is new is to be sent. What no way is for, what is a warning that nobody wants, and what is older than 30
-- days counts as sent.
CREATE FUNCTION plan_alert_deliveries(
    servers integer[], channels text[], warnings boolean, planner integer, as_of timestamptz
) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    new_alerts bigint[];
BEGIN
    -- A way that was closed has nothing to wait for.
    DELETE FROM alert_delivery AS d USING alerts AS a
    WHERE a.alert_id = d.alert_id AND d.sent IS NULL AND a.backup_server_id = planner AND d.channel <> ALL (channels)
      AND (d.claimed_until IS NULL OR d.claimed_until < as_of);
    new_alerts := ARRAY (
        SELECT a.alert_id FROM alerts AS a
        WHERE a.planned IS NULL AND a.backup_server_id = ANY (servers)
        ORDER BY a.alert_id FOR UPDATE SKIP LOCKED
    );
    INSERT INTO alert_delivery (alert_id, channel, message, planned, planned_by, next_attempt)
    SELECT a.alert_id, way.channel, 'raised', as_of, planner, as_of
    FROM alerts AS a CROSS JOIN unnest(channels) AS way (channel)
    WHERE a.alert_id = ANY (new_alerts) AND NOT coalesce(a.alert_sent, false)
      AND a.registered >= as_of - interval '30 days'
      AND (warnings OR a.execution_status IS DISTINCT FROM 'WARNING' OR a.alert_type NOT IN ('Backup-def', 'Snapshot-def'));
    UPDATE alerts AS a SET planned = as_of WHERE a.alert_id = ANY (new_alerts);

    -- What was told, and is over.
    WITH over AS (
        UPDATE alert_delivery AS d SET resolution_told = true FROM alerts AS a
        WHERE d.message = 'raised' AND NOT d.resolution_told AND d.sent IS NOT NULL AND d.channel = ANY (channels)
          AND a.alert_id = d.alert_id AND a.resolved IS NOT NULL AND a.backup_server_id = ANY (servers)
        RETURNING d.alert_id, d.channel
    )
    INSERT INTO alert_delivery (alert_id, channel, message, planned, planned_by, next_attempt)
    SELECT o.alert_id, o.channel, 'resolved', as_of, planner, as_of FROM over AS o
    ON CONFLICT (alert_id, channel, message) DO NOTHING;

    UPDATE alerts AS a SET alert_sent = true
    WHERE NOT coalesce(a.alert_sent, false) AND a.planned IS NOT NULL AND a.backup_server_id = ANY (servers)
      AND NOT EXISTS (
          SELECT FROM alert_delivery AS d WHERE d.alert_id = a.alert_id AND d.message = 'raised' AND d.sent IS NULL
      );
END;
$$;

-- Takes what is due by one way: for as long as the lease nobody else sends it. Returns how much it is.
CREATE FUNCTION claim_alert_deliveries(
    servers integer[], way text, claimed uuid, lease interval, most bigint, as_of timestamptz
) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    taken bigint;
BEGIN
    UPDATE alert_delivery AS d SET claim = claimed, claimed_until = as_of + lease, attempts = d.attempts + 1
    FROM (
        SELECT w.alert_id, w.message FROM alert_delivery AS w JOIN alerts AS a ON a.alert_id = w.alert_id
        WHERE w.channel = way AND w.sent IS NULL AND w.next_attempt <= as_of
          AND (w.claimed_until IS NULL OR w.claimed_until < as_of) AND a.backup_server_id = ANY (servers)
        ORDER BY w.alert_id, w.message LIMIT most
        FOR UPDATE OF w SKIP LOCKED
    ) AS due
    WHERE d.alert_id = due.alert_id AND d.channel = way AND d.message = due.message;
    GET DIAGNOSTICS taken = ROW_COUNT;
    RETURN taken;
END;
$$;

-- These messages of a claim are sent. `with_end` says which told of the end as well.
CREATE FUNCTION note_alerts_sent(claimed uuid, ids bigint[], messages text[], with_end boolean[], as_of timestamptz)
RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE alert_delivery AS d
    SET sent = as_of, last_error = NULL, claim = NULL, claimed_until = NULL, resolution_told = told.with_end
    FROM unnest(ids, messages, with_end) AS told (id, message, with_end)
    WHERE d.claim = claimed AND d.alert_id = told.id AND d.message = told.message;
    UPDATE alerts AS a SET alert_sent = true
    WHERE a.alert_id = ANY (ids) AND NOT EXISTS (
        SELECT FROM alert_delivery AS d WHERE d.alert_id = a.alert_id AND d.message = 'raised' AND d.sent IS NULL
    );
$$;

-- These messages of a claim could not be sent: they are tried again after a pause that grows from a minute to an hour.
CREATE FUNCTION note_alerts_not_sent(claimed uuid, ids bigint[], messages text[], reason text, as_of timestamptz)
RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE alert_delivery AS d
    SET last_error = reason, claim = NULL, claimed_until = NULL,
        next_attempt = as_of + least(interval '1 hour', interval '1 minute' * 2 ^ least(d.attempts - 1, 10))
    FROM unnest(ids, messages) AS failed (id, message)
    WHERE d.claim = claimed AND d.alert_id = failed.id AND d.message = failed.message;
$$;

-- Alerts that are over or were about one run are kept for a year.
CREATE FUNCTION forget_old_alerts(as_of timestamptz) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    forgotten bigint;
BEGIN
    DELETE FROM alerts AS a
    WHERE a.registered < as_of - interval '365 days' AND a.alert_sent AND (a.resolved IS NOT NULL OR a.condition IS NULL);
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END;
$$;
