-- Time zones in which cron reads the schedules.

-- The zone of a backup server's machine, as its control has found it; until then, and where PostgreSQL does not know it, the
-- zone in which rotation counts its days.
CREATE FUNCTION backup_server_cron_time_zone(server integer) RETURNS text
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE
        WHEN s.machine_time_zone IS NOT NULL AND is_time_zone(s.machine_time_zone) THEN s.machine_time_zone
        ELSE backup_server_time_zone(server)
    END
    FROM backup_server AS s WHERE s.server_id = server;
$$;

-- The offsets from UTC, in seconds, that a zone has between two moments, and since when: the first from the beginning of the
-- window. Looked for hour by hour and then to the minute, since PostgreSQL does not tell when zones change.
CREATE FUNCTION time_zone_offsets(zone text, since timestamptz, until timestamptz)
RETURNS TABLE (starts timestamptz, offset_seconds integer)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    WITH hours AS (
        SELECT h.at, extract(epoch FROM timezone(zone, h.at) - timezone('UTC', h.at))::integer AS seconds
        FROM generate_series(date_trunc('hour', since), until, interval '1 hour') AS h (at)
    ), changes AS (
        SELECT at, seconds, lag(seconds) OVER (ORDER BY at) AS before FROM hours
    )
    SELECT
        CASE WHEN c.before IS NULL THEN c.at ELSE (
            SELECT min(m.at)
            FROM generate_series(c.at - interval '59 minutes', c.at, interval '1 minute') AS m (at)
            WHERE extract(epoch FROM timezone(zone, m.at) - timezone('UTC', m.at))::integer = c.seconds
        ) END,
        c.seconds
    FROM changes AS c WHERE c.before IS DISTINCT FROM c.seconds
    ORDER BY c.at;
$$;
