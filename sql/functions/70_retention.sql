-- What retention says of a backup, at a point in time. Nothing here deletes anything.

-- Backups that a restore needs.
CREATE FUNCTION backups_needed_by_restores(as_of timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT n.bck_id FROM needed_by_restores AS n WHERE n.until > as_of;
$$;

-- The time zone in which a backup server's days begin. One that PostgreSQL does not know counts as UTC.
CREATE FUNCTION backup_server_time_zone(server integer) RETURNS text
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE WHEN is_time_zone(zone) THEN zone ELSE 'UTC' END
    FROM get_backup_server_config_value(server, 'time_zone') AS zone;
$$;

-- Every backup of a definition with all that keeps it; one that nothing keeps is to go. What keeps a backup:
--   period      its period (finished + retention_period) is not over
--   redundancy  SUCCEEDED, and one of the newest retention_redundancy (0 counts as 1) SUCCEEDED ones
--   usable      WARNING, and the newest usable one (SUCCEEDED or WARNING)
--   day, week, month, year   SUCCEEDED, and the newest SUCCEEDED one of one of the newest keep_daily days, keep_weekly
--               weeks … that have one, in the server's time zone
--   pinned      an operator keeps it
--   restore     a restore needs it
--   unseen      SUCCEEDED or WARNING, and nobody could look at its files
--   remains     damaged, and the newest of a definition none of whose backups counts: it may be all that is left
-- Only a backup whose files are there makes others expendable (trap 12b): one that is damaged, or unseen, counts for nothing.
-- `server` is who asks (without one, the definition's server). Its own backups count until a look says otherwise, and a claim
-- looks first (claim_expired_backups); those of another server count by that server's own look, for two days.
-- ERROR entries never count (traps 11, 12a). A clock that was wrong once makes the order of times lie: the newest are
-- therefore counted by the end of the run and by the order of registration, and either keeps a backup.
-- Backups that are being deleted count no longer.
CREATE FUNCTION definition_retention(definition bigint, as_of timestamptz, server integer DEFAULT NULL)
RETURNS TABLE (
    bck_id bigint, execution_status text, moment timestamptz, period_ends timestamptz, newer_succeeded bigint,
    pinned_until timestamptz, kept_by text[], backup_server_id integer, bytes bigint, files text
)
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
    -- In PL/pgSQL its plan is kept: planning would take longer than judging.
    RETURN QUERY
    WITH policy AS MATERIALIZED (
        SELECT
            coalesce(server, d.backup_server_id) AS server,
            d.retention_period, greatest(d.retention_redundancy, 1) AS redundancy, d.keep_daily, d.keep_weekly,
            d.keep_monthly, d.keep_yearly,
            -- PostgreSQL reads a file to know a zone: not for the many policies that have no days.
            CASE WHEN greatest(d.keep_daily, d.keep_weekly, d.keep_monthly, d.keep_yearly) > 0
                THEN backup_server_time_zone(d.backup_server_id) END AS zone
        FROM backup_definition AS d WHERE d.def_id = definition
    ),
    entry AS MATERIALIZED (
        SELECT
            c.bck_id, c.execution_status AS status, c.finished, coalesce(c.finished, c.registered) AS moment,
            c.pinned_until, c.backup_server_id,
            coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
            + coalesce(c.pg_dump_dbconfig_file_size, 0) AS bytes,
            CASE
                WHEN c.files_state = 'damaged' THEN 'damaged'
                WHEN c.backup_server_id <> p.server THEN
                    CASE WHEN c.files_state = 'whole' AND c.files_looked_at >= as_of - interval '2 days' THEN 'whole'
                    ELSE 'unseen' END
                WHEN c.files_state = 'not looked at' THEN 'unseen'
                ELSE 'whole'
            END AS files
        FROM backup_catalog AS c CROSS JOIN policy AS p WHERE c.def_id = definition AND c.deleting_since IS NULL
    ),
    ranked AS (
        SELECT
            e.*,
            count(*) FILTER (WHERE e.status = 'SUCCEEDED' AND e.files = 'whole') OVER by_time AS newer_succeeded,
            count(*) FILTER (WHERE e.status = 'SUCCEEDED' AND e.files = 'whole') OVER by_registration AS later_succeeded,
            count(*) FILTER (WHERE e.status IN ('SUCCEEDED', 'WARNING') AND e.files = 'whole') OVER by_time AS newer_usable,
            count(*) FILTER (WHERE e.status IN ('SUCCEEDED', 'WARNING') AND e.files = 'whole') OVER by_registration
                AS later_usable,
            count(*) FILTER (WHERE e.status IN ('SUCCEEDED', 'WARNING') AND e.files = 'whole') OVER () AS usable,
            count(*) FILTER (WHERE e.status IN ('SUCCEEDED', 'WARNING') AND e.files = 'damaged') OVER by_time AS newer_damaged,
            count(*) FILTER (WHERE e.status IN ('SUCCEEDED', 'WARNING') AND e.files = 'damaged') OVER by_registration
                AS later_damaged
        FROM entry AS e
        WINDOW
            by_time AS (
                ORDER BY e.finished DESC NULLS LAST, e.bck_id DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            by_registration AS (ORDER BY e.bck_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ),
    rotated AS MATERIALIZED (
        SELECT newest.bck_id, array_agg(unit.name ORDER BY unit.place) AS units
        FROM policy AS p
        CROSS JOIN LATERAL (
            VALUES (1, 'day', p.keep_daily), (2, 'week', p.keep_weekly), (3, 'month', p.keep_monthly),
                   (4, 'year', p.keep_yearly)
        ) AS unit (place, name, keep)
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (date_trunc(unit.name, e.moment AT TIME ZONE p.zone)) e.bck_id
            FROM entry AS e WHERE e.status = 'SUCCEEDED' AND e.files = 'whole'
            ORDER BY date_trunc(unit.name, e.moment AT TIME ZONE p.zone) DESC, e.moment DESC, e.bck_id DESC
            LIMIT unit.keep
        ) AS newest
        WHERE unit.keep > 0
        GROUP BY newest.bck_id
    )
    SELECT
        r.bck_id, r.status, r.moment, r.moment + p.retention_period, r.newer_succeeded, r.pinned_until,
        array_remove(ARRAY[
            CASE WHEN r.moment + p.retention_period >= as_of THEN 'period' END,
            CASE WHEN r.status = 'SUCCEEDED' AND r.files = 'whole' AND least(r.newer_succeeded, r.later_succeeded) < p.redundancy
                THEN 'redundancy' END,
            CASE WHEN r.status = 'WARNING' AND r.files = 'whole' AND 0 IN (r.newer_usable, r.later_usable)
                THEN 'usable' END
        ] || o.units || ARRAY[
            CASE WHEN r.pinned_until > as_of THEN 'pinned' END,
            CASE WHEN EXISTS (SELECT FROM needed_by_restores AS n WHERE n.bck_id = r.bck_id AND n.until > as_of)
                THEN 'restore' END,
            CASE WHEN r.status IN ('SUCCEEDED', 'WARNING') AND r.files = 'unseen' THEN 'unseen' END,
            CASE WHEN r.status IN ('SUCCEEDED', 'WARNING') AND r.files = 'damaged' AND r.usable = 0
                AND 0 IN (r.newer_damaged, r.later_damaged) THEN 'remains' END
        ], NULL),
        r.backup_server_id, r.bytes, r.files
    FROM ranked AS r CROSS JOIN policy AS p LEFT JOIN rotated AS o ON o.bck_id = r.bck_id;
END;
$$;

-- Whether a backup that is kept for these reasons stays until newer ones have come.
CREATE FUNCTION awaits_newer_backups(kept_by text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT kept_by && ARRAY['redundancy', 'usable', 'day', 'week', 'month', 'year', 'remains'];
$$;

-- Backups of definitions that nothing keeps.
CREATE FUNCTION backups_past_retention(as_of timestamptz)
RETURNS TABLE (
    bck_id bigint, def_id bigint, backup_server_id integer, pgsql_node_id integer, dbname text, finished timestamptz,
    retention_period interval, retention_redundancy integer, pg_dump_file text, pg_dump_log_file text,
    pg_dump_roles_file text, pg_dump_roles_log_file text, pg_dump_dbconfig_file text, pg_dump_dbconfig_log_file text,
    manifest_file text
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        c.bck_id, c.def_id, c.backup_server_id, c.pgsql_node_id, c.dbname, c.finished,
        d.retention_period, d.retention_redundancy, c.pg_dump_file, c.pg_dump_log_file,
        c.pg_dump_roles_file, c.pg_dump_roles_log_file, c.pg_dump_dbconfig_file, c.pg_dump_dbconfig_log_file,
        c.manifest_file
    FROM backup_definition AS d
    CROSS JOIN LATERAL definition_retention(d.def_id, as_of) AS r
    JOIN backup_catalog AS c USING (bck_id)
    WHERE r.kept_by = '{}';
$$;

-- Backups of snapshots that nothing keeps: neither their period, nor an operator, nor a restore.
CREATE FUNCTION snapshots_past_retention(as_of timestamptz)
RETURNS TABLE (
    bck_id bigint, snapshot_id bigint, backup_server_id integer, pgsql_node_id integer, dbname text,
    finished timestamptz, retention_period interval, pg_dump_file text, pg_dump_log_file text,
    pg_dump_roles_file text, pg_dump_roles_log_file text, pg_dump_dbconfig_file text, pg_dump_dbconfig_log_file text,
    manifest_file text
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
    SELECT
        c.bck_id, c.snapshot_id, c.backup_server_id, c.pgsql_node_id, c.dbname, c.finished, s.retention_period,
        c.pg_dump_file, c.pg_dump_log_file, c.pg_dump_roles_file, c.pg_dump_roles_log_file, c.pg_dump_dbconfig_file,
        c.pg_dump_dbconfig_log_file, c.manifest_file
    FROM backup_catalog AS c
    JOIN snapshot_definition AS s USING (snapshot_id)
    WHERE coalesce(c.finished, c.registered) + s.retention_period < as_of
      AND c.deleting_since IS NULL
      AND (c.pinned_until IS NULL OR c.pinned_until <= as_of)
      AND NOT EXISTS (SELECT FROM needed_by_restores AS n WHERE n.bck_id = c.bck_id AND n.until > as_of);
$$;

-- What show_retention shows: why a backup stays, and when it goes.
CREATE FUNCTION retention_of_definition(definition bigint, as_of timestamptz)
RETURNS TABLE (bck_id bigint, finished timestamptz, execution_status text, goes text, why text)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
    WITH doomed AS (
        SELECT quarantine_end(d.pgsql_node_id, d.registered) AS ends FROM backup_definition AS d
        WHERE d.def_id = definition AND d.job_status = 'DELETED'
    ),
    judged AS (
        SELECT
            r.*, c.pinned_reason,
            greatest(r.period_ends, r.pinned_until) AS earliest,
            awaits_newer_backups(r.kept_by) AS awaits_newer,
            array_remove(ARRAY[
                CASE WHEN 'day' = ANY (r.kept_by) THEN 'day' END, CASE WHEN 'week' = ANY (r.kept_by) THEN 'week' END,
                CASE WHEN 'month' = ANY (r.kept_by) THEN 'month' END, CASE WHEN 'year' = ANY (r.kept_by) THEN 'year' END
            ], NULL) AS units
        FROM definition_retention(definition, as_of) AS r JOIN backup_catalog AS c USING (bck_id)
    )
    SELECT
        j.bck_id, j.moment, j.execution_status,
        CASE
            WHEN 'pinned' = ANY (j.kept_by) AND j.pinned_until = 'infinity' THEN 'when it is released'
            WHEN 'restore' = ANY (j.kept_by) THEN 'after its restore'
            WHEN j.kept_by = '{}' THEN 'with the next pass'
            WHEN 'unseen' = ANY (j.kept_by) AND j.period_ends < as_of THEN 'when its files can be looked at'
            -- Its definition goes, and all its backups with it, as soon as none of them is kept.
            WHEN doomed.ends IS NOT NULL THEN to_char(CASE
                WHEN j.awaits_newer THEN greatest(doomed.ends, j.pinned_until)
                ELSE least(j.earliest, greatest(doomed.ends, j.pinned_until))
            END, 'YYYY-MM-DD HH24:MI:SSTZH:TZM')
            WHEN j.awaits_newer THEN 'when newer ones have come'
                || CASE WHEN 'pinned' = ANY (j.kept_by) THEN
                    ', not before ' || to_char(j.pinned_until, 'YYYY-MM-DD HH24:MI:SSTZH:TZM')
                ELSE '' END
            ELSE to_char(j.earliest, 'YYYY-MM-DD HH24:MI:SSTZH:TZM')
        END,
        CASE WHEN j.execution_status <> 'ERROR' AND j.files = 'damaged' THEN 'its files are damaged; ' ELSE '' END
        || CASE WHEN j.kept_by = '{}' THEN 'past its period of ' || d.retention_period ELSE
            concat_ws('; ',
                CASE WHEN 'period' = ANY (j.kept_by) THEN 'within its period of ' || d.retention_period END,
                CASE WHEN 'redundancy' = ANY (j.kept_by) THEN
                    CASE greatest(d.retention_redundancy, 1) WHEN 1 THEN 'the newest SUCCEEDED'
                    ELSE 'one of the newest ' || d.retention_redundancy || ' SUCCEEDED' END
                END,
                CASE WHEN 'usable' = ANY (j.kept_by) THEN 'the newest usable' END,
                'the newest of its ' || nullif(array_to_string(j.units, ', '), ''),
                CASE WHEN 'pinned' = ANY (j.kept_by) THEN
                    CASE j.pinned_until WHEN 'infinity' THEN 'kept' ELSE 'kept until ' || to_char(j.pinned_until, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') END
                    || coalesce(' (' || nullif(j.pinned_reason, '') || ')', '')
                END,
                CASE WHEN 'restore' = ANY (j.kept_by) THEN 'a restore needs it' END,
                CASE WHEN 'unseen' = ANY (j.kept_by) THEN 'nobody could look at its files' END,
                CASE WHEN 'remains' = ANY (j.kept_by) THEN 'no backup is whole, and this is the newest' END
            ) END
            || CASE WHEN doomed.ends IS NULL THEN '' ELSE '; its database is gone' END
    FROM judged AS j
    CROSS JOIN (SELECT * FROM backup_definition AS d WHERE d.def_id = definition) AS d
    LEFT JOIN doomed ON true
    UNION ALL
    SELECT
        c.bck_id, coalesce(c.finished, c.registered), c.execution_status, 'with the next pass', 'being deleted'
    FROM backup_catalog AS c WHERE c.def_id = definition AND c.deleting_since IS NOT NULL;
$$;

-- DELETED definitions whose quarantine is over; it is counted from registered, which every update sets to now. A node
-- whose automatic_deletion_retention cannot be read keeps its definitions.
CREATE FUNCTION deleted_definitions_past_quarantine(as_of timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
    SELECT d.def_id
    FROM backup_definition AS d
    JOIN (
        SELECT c.node_id, interval_or_null(c.value) AS quarantine
        FROM pgsql_node_config AS c
        WHERE c.parameter = 'automatic_deletion_retention'
          AND c.node_id IN (SELECT gone.pgsql_node_id FROM backup_definition AS gone WHERE gone.job_status = 'DELETED')
    ) AS node ON node.node_id = d.pgsql_node_id
    WHERE d.job_status = 'DELETED' AND d.registered + node.quarantine < as_of;
$$;
