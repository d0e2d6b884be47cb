-- Which backups have outlived their retention, at a point in time.

-- Backups that a restore needs: one that waits, runs, or was given to at and has not reported yet. Of the last kind those
-- of more than 30 days ago count as lost.
CREATE FUNCTION backups_needed_by_restores(as_of timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT r.bck_id
    FROM restore_definition AS r
    WHERE r.status = 'WAITING'
       OR EXISTS (SELECT FROM run_in_progress AS p WHERE p.restore_def = r.restore_def)
       OR (r.status = 'DEFINED' AND r.at_time > as_of - interval '30 days'
           AND NOT EXISTS (SELECT FROM restore_catalog AS c WHERE c.restore_def = r.restore_def));
$$;

-- Backups of definitions. A backup is past its period when finished + retention_period lies before as_of.
--   SUCCEEDED: goes when past its period and not among the newest retention_redundancy SUCCEEDED ones (0 counts as 1).
--   WARNING:   goes when past its period, unless it is the newest usable one (SUCCEEDED or WARNING).
--   ERROR:     goes when past its period; it never counts towards the redundancy (traps 11, 12a).
-- Pinned backups and those that a restore needs stay.
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
    WITH ranked AS (
        SELECT
            c.bck_id,
            count(*) FILTER (WHERE c.execution_status = 'SUCCEEDED') OVER newer AS newer_succeeded,
            count(*) FILTER (WHERE c.execution_status IN ('SUCCEEDED', 'WARNING')) OVER newer AS newer_usable
        FROM backup_catalog AS c
        WHERE c.def_id IS NOT NULL
        WINDOW newer AS (
            PARTITION BY c.def_id ORDER BY c.finished DESC NULLS LAST, c.bck_id DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    )
    SELECT
        c.bck_id, c.def_id, c.backup_server_id, c.pgsql_node_id, c.dbname, c.finished,
        d.retention_period, d.retention_redundancy, c.pg_dump_file, c.pg_dump_log_file,
        c.pg_dump_roles_file, c.pg_dump_roles_log_file, c.pg_dump_dbconfig_file, c.pg_dump_dbconfig_log_file,
        c.manifest_file
    FROM ranked AS r
    JOIN backup_catalog AS c USING (bck_id)
    JOIN backup_definition AS d USING (def_id)
    WHERE coalesce(c.finished, c.registered) + d.retention_period < as_of
      AND CASE c.execution_status
              WHEN 'SUCCEEDED' THEN r.newer_succeeded >= greatest(d.retention_redundancy, 1)
              WHEN 'WARNING' THEN r.newer_usable >= 1
              ELSE true
          END
      AND (c.pinned_until IS NULL OR c.pinned_until <= as_of)
      AND c.bck_id NOT IN (SELECT needed FROM backups_needed_by_restores(as_of) AS needed);
$$;

-- Backups of snapshots: by their period alone.
CREATE FUNCTION snapshots_past_retention(as_of timestamptz)
RETURNS TABLE (
    bck_id bigint, snapshot_id bigint, backup_server_id integer, pgsql_node_id integer, dbname text,
    finished timestamptz, retention_period interval, pg_dump_file text, pg_dump_log_file text,
    pg_dump_roles_file text, pg_dump_roles_log_file text, pg_dump_dbconfig_file text, pg_dump_dbconfig_log_file text,
    manifest_file text
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        c.bck_id, c.snapshot_id, c.backup_server_id, c.pgsql_node_id, c.dbname, c.finished, s.retention_period,
        c.pg_dump_file, c.pg_dump_log_file, c.pg_dump_roles_file, c.pg_dump_roles_log_file, c.pg_dump_dbconfig_file,
        c.pg_dump_dbconfig_log_file, c.manifest_file
    FROM backup_catalog AS c
    JOIN snapshot_definition AS s USING (snapshot_id)
    WHERE coalesce(c.finished, c.registered) + s.retention_period < as_of
      AND (c.pinned_until IS NULL OR c.pinned_until <= as_of)
      AND c.bck_id NOT IN (SELECT needed FROM backups_needed_by_restores(as_of) AS needed);
$$;

-- DELETED definitions whose quarantine is over; it is counted from registered, which every update sets to now. A node
-- whose automatic_deletion_retention cannot be read keeps its definitions.
CREATE FUNCTION deleted_definitions_past_quarantine(as_of timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
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
