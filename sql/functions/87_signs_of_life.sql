-- What daemons tell about themselves, and about the file systems that they write to. Times are the catalogue's unless a
-- test says otherwise: machines' clocks differ.

-- A daemon works. uptime is how long already.
CREATE FUNCTION note_sign_of_life(
    server integer, daemon text, version text, procpid bigint, uptime interval, next_within interval, facts jsonb,
    as_of timestamptz
) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    SELECT end_due_maintenance_windows(as_of);
    INSERT INTO daemon_sign_of_life AS d (
        backup_server_id, daemon, version, procpid, started, last_seen, next_within, stopped, facts
    )
    SELECT server, note_sign_of_life.daemon, note_sign_of_life.version, note_sign_of_life.procpid, t.now - uptime, t.now,
        note_sign_of_life.next_within, NULL, note_sign_of_life.facts
    FROM (SELECT coalesce(as_of, now())) AS t (now)
    ON CONFLICT ON CONSTRAINT daemon_sign_of_life_pkey DO UPDATE
    SET version = EXCLUDED.version, procpid = EXCLUDED.procpid, started = EXCLUDED.started,
        last_seen = EXCLUDED.last_seen, next_within = EXCLUDED.next_within, stopped = NULL, facts = EXCLUDED.facts;
$$;

-- It has been stopped as it should be. What another process has said since stays.
CREATE FUNCTION note_end_of_life(server integer, daemon text, procpid bigint, as_of timestamptz) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE daemon_sign_of_life AS d
    SET last_seen = coalesce(as_of, now()), stopped = coalesce(as_of, now())
    WHERE d.backup_server_id = server AND d.daemon = note_end_of_life.daemon
      AND d.procpid = note_end_of_life.procpid;
$$;

-- Every daemon that a backup server should have, and those that it has besides.
CREATE FUNCTION daemons(as_of timestamptz) RETURNS TABLE (
    backup_server_id integer, fqdn text, daemon text, state text, version text, procpid bigint, started timestamptz,
    last_seen timestamptz, stopped timestamptz, next_within interval, facts jsonb
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT s.server_id, s.fqdn, w.daemon,
        CASE
            WHEN d.daemon IS NULL THEN 'never'
            WHEN d.stopped IS NOT NULL THEN 'stopped'
            WHEN d.last_seen + d.next_within < as_of THEN 'late'
            ELSE 'alive'
        END,
        d.version, d.procpid, d.started, d.last_seen, d.stopped, d.next_within, coalesce(d.facts, '{}')
    FROM backup_server AS s
    CROSS JOIN (
        VALUES ('control', 1), ('maintenance', 2), ('alerts', 3), ('exporter', 4)
    ) AS w (daemon, position)
    LEFT JOIN daemon_sign_of_life AS d ON d.backup_server_id = s.server_id AND d.daemon = w.daemon
    WHERE d.daemon IS NOT NULL OR w.daemon IN ('control', 'maintenance')
    ORDER BY s.fqdn, s.server_id, w.position;
$$;

-- All file systems that backups of a server go to. spaces: [{"path", "total_bytes", "free_bytes", "node_ids"}]; unseen:
-- paths that could not be looked at now, of which the last that is known stays. Days are forgotten after 400.
CREATE FUNCTION note_partition_space(server integer, spaces jsonb, unseen text[], as_of timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    seen timestamptz := coalesce(as_of, now());
    today date := (coalesce(as_of, now()) AT TIME ZONE 'UTC')::date;
BEGIN
    INSERT INTO backup_partition_space AS p (backup_server_id, path, total_bytes, free_bytes, observed, node_ids)
    SELECT server, s.path, s.total_bytes, s.free_bytes, seen, s.node_ids
    FROM jsonb_to_recordset(spaces) AS s (path text, total_bytes bigint, free_bytes bigint, node_ids bigint[])
    ON CONFLICT ON CONSTRAINT backup_partition_space_pkey DO UPDATE
    SET total_bytes = EXCLUDED.total_bytes, free_bytes = EXCLUDED.free_bytes, observed = EXCLUDED.observed,
        node_ids = EXCLUDED.node_ids;
    DELETE FROM backup_partition_space AS p
    WHERE p.backup_server_id = server AND p.path <> ALL (unseen)
      AND NOT EXISTS (SELECT FROM jsonb_to_recordset(spaces) AS s (path text) WHERE s.path = p.path);
    INSERT INTO backup_partition_space_history AS h (
        backup_server_id, path, day, total_bytes, free_bytes, least_free_bytes
    )
    SELECT server, s.path, today, s.total_bytes, s.free_bytes, s.free_bytes
    FROM jsonb_to_recordset(spaces) AS s (path text, total_bytes bigint, free_bytes bigint)
    ON CONFLICT ON CONSTRAINT backup_partition_space_history_pkey DO UPDATE
    SET total_bytes = EXCLUDED.total_bytes, free_bytes = EXCLUDED.free_bytes,
        least_free_bytes = least(h.least_free_bytes, EXCLUDED.free_bytes);
    DELETE FROM backup_partition_space_history AS h WHERE h.backup_server_id = server AND h.day < today - 400;
END;
$$;
