-- How much disk the backups of the catalogue take, what retention will free of it, how fast it grows, and when it is full.

-- Bytes as they are read: in the unit that fits, with one decimal, so that a column of them can be compared.
CREATE FUNCTION readable_bytes(bytes numeric) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE
        WHEN abs(bytes) < 1024 THEN round(bytes) || ' bytes'
        ELSE (
            SELECT round(bytes / u.size, 1) || ' ' || u.name
            FROM (VALUES ('kB', 1024::numeric), ('MB', 1024 ^ 2::numeric), ('GB', 1024 ^ 3::numeric),
                         ('TB', 1024 ^ 4::numeric), ('PB', 1024 ^ 5::numeric)) AS u (name, size)
            WHERE round(abs(bytes) / u.size, 1) < 1024 OR u.name = 'PB'
            ORDER BY u.size FETCH FIRST 1 ROW ONLY
        )
    END;
$$;

-- Since when it is known of every backup how long it was there: at most 30 days before a time; 1.x remembered nothing.
CREATE FUNCTION backup_growth_known_since(as_of timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
    SELECT greatest(as_of - interval '30 days', min(v.registered)) FROM pgbackman_version AS v WHERE v.version >= 10;
$$;

-- What of each database on each server goes within a day, a week and a month, as the judge of retention sees it now
-- (definition_retention, snapshots): what only newer backups will release is not counted, nor what waits for an operator
-- or a restore.
CREATE FUNCTION disk_space_to_be_freed(servers integer[], as_of timestamptz)
RETURNS TABLE (
    backup_server_id integer, pgsql_node_id bigint, dbname text, within_day numeric, within_week numeric,
    within_month numeric
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
    WITH departure AS (
        SELECT
            r.backup_server_id, d.pgsql_node_id, d.dbname, r.bytes,
            CASE
                WHEN r.kept_by = '{}' THEN as_of
                WHEN 'restore' = ANY (r.kept_by) THEN 'infinity'
                -- All backups of a definition whose database is gone go with it.
                WHEN d.job_status = 'DELETED' THEN least(
                    greatest(quarantine_end(d.pgsql_node_id, d.registered), r.pinned_until),
                    CASE WHEN NOT awaits_newer THEN greatest(r.period_ends, r.pinned_until) END
                )
                WHEN awaits_newer THEN 'infinity'
                ELSE greatest(r.period_ends, r.pinned_until)
            END AS goes
        FROM backup_definition AS d
        CROSS JOIN LATERAL definition_retention(d.def_id, as_of) AS r
        CROSS JOIN LATERAL (
            SELECT awaits_newer_backups(r.kept_by)
        ) AS judged (awaits_newer)
        WHERE servers IS NULL OR r.backup_server_id = ANY (servers)
        UNION ALL
        SELECT
            c.backup_server_id, c.pgsql_node_id, c.dbname,
            coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
            + coalesce(c.pg_dump_dbconfig_file_size, 0),
            CASE
                WHEN EXISTS (SELECT FROM needed_by_restores AS n WHERE n.bck_id = c.bck_id AND n.until > as_of)
                    THEN 'infinity'
                ELSE greatest(coalesce(c.finished, c.registered) + s.retention_period, c.pinned_until)
            END
        FROM snapshot_definition AS s JOIN backup_catalog AS c USING (snapshot_id)
        WHERE c.deleting_since IS NULL AND (servers IS NULL OR c.backup_server_id = ANY (servers))
        UNION ALL
        SELECT
            c.backup_server_id, c.pgsql_node_id, c.dbname,
            coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
            + coalesce(c.pg_dump_dbconfig_file_size, 0),
            as_of
        FROM backup_catalog AS c
        WHERE c.deleting_since IS NOT NULL AND (servers IS NULL OR c.backup_server_id = ANY (servers))
    )
    SELECT
        g.backup_server_id, g.pgsql_node_id, g.dbname,
        sum(g.bytes) FILTER (WHERE g.goes < as_of + interval '1 day'),
        sum(g.bytes) FILTER (WHERE g.goes < as_of + interval '7 days'),
        sum(g.bytes)
    FROM departure AS g
    WHERE g.goes < as_of + interval '30 days'
    GROUP BY g.backup_server_id, g.pgsql_node_id, g.dbname;
$$;

-- What each database's backups take on each server, how much more it becomes in a day, and on which file system they are.
CREATE FUNCTION disk_growth(servers integer[], as_of timestamptz)
RETURNS TABLE (
    backup_server_id integer, pgsql_node_id bigint, dbname text, path text, backups bigint, used numeric, growth numeric
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
    WITH known AS MATERIALIZED (
        SELECT t.since, extract(epoch FROM as_of - t.since) / 86400 AS days
        FROM backup_growth_known_since(as_of) AS t (since)
    ),
    -- What there is, and what there was then: also what has gone since.
    kept AS (
        SELECT
            c.backup_server_id, c.pgsql_node_id::bigint AS pgsql_node_id, c.dbname, count(*) AS backups,
            sum(b.bytes) AS used,
            sum(b.bytes) FILTER (WHERE coalesce(c.finished, c.registered) <= k.since) AS before
        FROM backup_catalog AS c
        CROSS JOIN known AS k
        CROSS JOIN LATERAL (
            SELECT coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
                + coalesce(c.pg_dump_dbconfig_file_size, 0)
        ) AS b (bytes)
        WHERE servers IS NULL OR c.backup_server_id = ANY (servers)
        GROUP BY c.backup_server_id, c.pgsql_node_id, c.dbname
        UNION ALL
        SELECT p.backup_server_id, p.pgsql_node_id, p.dbname, 0, 0, sum(p.bytes)
        FROM past_backup AS p CROSS JOIN known AS k
        WHERE p.deleted > k.since AND p.finished <= k.since
          AND (servers IS NULL OR p.backup_server_id = ANY (servers))
        GROUP BY p.backup_server_id, p.pgsql_node_id, p.dbname
    ),
    space AS MATERIALIZED (
        SELECT
            k.backup_server_id, k.pgsql_node_id, k.dbname, sum(k.backups)::bigint AS backups, sum(k.used) AS used,
            coalesce(sum(k.before), 0) AS before
        FROM kept AS k
        GROUP BY k.backup_server_id, k.pgsql_node_id, k.dbname
    )
    SELECT
        s.backup_server_id, s.pgsql_node_id, s.dbname, p.path, s.backups, s.used,
        -- Less than a day says nothing about a day.
        CASE WHEN k.days >= 1 THEN (s.used - s.before) / k.days::numeric END
    FROM space AS s
    CROSS JOIN known AS k
    LEFT JOIN LATERAL (
        SELECT p.path FROM backup_partition_space AS p
        WHERE p.backup_server_id = s.backup_server_id
        -- A node that has no definition any more is where the server has its only file system, if it has one only.
        ORDER BY s.pgsql_node_id = ANY (p.node_ids) DESC, p.path
        FETCH FIRST 1 ROW ONLY
    ) AS nearest ON true
    LEFT JOIN LATERAL (
        SELECT nearest.path
        WHERE (SELECT count(*) FROM backup_partition_space AS o WHERE o.backup_server_id = s.backup_server_id) = 1
           OR EXISTS (
               SELECT FROM backup_partition_space AS o
               WHERE o.backup_server_id = s.backup_server_id AND o.path = nearest.path
                 AND s.pgsql_node_id = ANY (o.node_ids)
           )
    ) AS p ON true;
$$;

-- In how many days a file system is full that grows so much in a day: by what was free when control looked.
CREATE FUNCTION days_until_full(free bigint, growth numeric, observed timestamptz, as_of timestamptz) RETURNS numeric
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE WHEN growth > 0 THEN greatest(
        free / growth - extract(epoch FROM as_of - observed)::numeric / 86400, 0
    ) END;
$$;

-- When each file system is full, without what retention frees: for monitoring, which asks often.
CREATE FUNCTION disk_forecast(servers integer[], as_of timestamptz)
RETURNS TABLE (backup_server_id integer, path text, days_left numeric)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
    SELECT p.backup_server_id, p.path, days_until_full(p.free_bytes, g.growth, p.observed, as_of)
    FROM backup_partition_space AS p
    LEFT JOIN (
        SELECT g.backup_server_id, g.path, sum(g.growth) AS growth FROM disk_growth(servers, as_of) AS g
        GROUP BY g.backup_server_id, g.path
    ) AS g USING (backup_server_id, path)
    WHERE servers IS NULL OR p.backup_server_id = ANY (servers);
$$;

-- All levels: a server, each file system that its backups go to, each node, each database of it. What is on a file system
-- is what its nodes have. bytes and free are those of the file systems, as control has seen them last.
CREATE FUNCTION disk_space(servers integer[], as_of timestamptz)
RETURNS TABLE (
    level text, backup_server_id integer, pgsql_node_id bigint, dbname text, path text, backups bigint, used numeric,
    within_day numeric, within_week numeric, within_month numeric, growth numeric, bytes numeric, free numeric,
    observed timestamptz, days_left numeric
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
    WITH database AS MATERIALIZED (
        SELECT
            g.*, coalesce(f.within_day, 0) AS within_day, coalesce(f.within_week, 0) AS within_week,
            coalesce(f.within_month, 0) AS within_month
        FROM disk_growth(servers, as_of) AS g
        LEFT JOIN disk_space_to_be_freed(servers, as_of) AS f USING (backup_server_id, pgsql_node_id, dbname)
    ),
    summed AS MATERIALIZED (
        SELECT
            grouping(d.path, d.pgsql_node_id, d.dbname) AS grouped, d.backup_server_id, d.pgsql_node_id, d.dbname, d.path,
            sum(d.backups)::bigint AS backups, sum(d.used) AS used, sum(d.within_day) AS within_day,
            sum(d.within_week) AS within_week, sum(d.within_month) AS within_month, sum(d.growth) AS growth
        FROM database AS d
        GROUP BY GROUPING SETS (
            (d.backup_server_id), (d.backup_server_id, d.path), (d.backup_server_id, d.path, d.pgsql_node_id),
            (d.backup_server_id, d.path, d.pgsql_node_id, d.dbname)
        )
    ),
    disk AS MATERIALIZED (
        SELECT
            p.backup_server_id, p.path, coalesce(s.backups, 0) AS backups, coalesce(s.used, 0) AS used,
            coalesce(s.within_day, 0) AS within_day, coalesce(s.within_week, 0) AS within_week,
            coalesce(s.within_month, 0) AS within_month,
            -- Where nothing is nothing grows.
            CASE WHEN s.grouped IS NULL THEN 0 ELSE s.growth END AS growth,
            p.total_bytes, p.free_bytes, p.observed,
            days_until_full(p.free_bytes, s.growth, p.observed, as_of) AS days_left
        FROM backup_partition_space AS p
        LEFT JOIN summed AS s ON s.grouped = 3 AND s.backup_server_id = p.backup_server_id AND s.path = p.path
        WHERE servers IS NULL OR p.backup_server_id = ANY (servers)
    )
    SELECT
        'SERVER', b.server_id, NULL::bigint, NULL::text, NULL::text, coalesce(s.backups, 0), coalesce(s.used, 0), coalesce(s.within_day, 0),
        coalesce(s.within_week, 0), coalesce(s.within_month, 0),
        CASE WHEN s.grouped IS NULL THEN 0 ELSE s.growth END, d.bytes, d.free, d.observed, d.days_left
    FROM backup_server AS b
    LEFT JOIN summed AS s ON s.grouped = 7 AND s.backup_server_id = b.server_id
    LEFT JOIN (
        SELECT
            d.backup_server_id, sum(d.total_bytes) AS bytes, sum(d.free_bytes) AS free, min(d.observed) AS observed,
            min(d.days_left) AS days_left
        FROM disk AS d GROUP BY d.backup_server_id
    ) AS d ON d.backup_server_id = b.server_id
    WHERE servers IS NULL OR b.server_id = ANY (servers)
    UNION ALL
    SELECT
        'DISK', d.backup_server_id, NULL::bigint, NULL::text, d.path, d.backups, d.used, d.within_day, d.within_week, d.within_month,
        d.growth, d.total_bytes, d.free_bytes, d.observed, d.days_left
    FROM disk AS d
    UNION ALL
    SELECT
        CASE s.grouped WHEN 1 THEN 'NODE' ELSE 'DATABASE' END, s.backup_server_id, s.pgsql_node_id, s.dbname, s.path,
        s.backups, s.used, s.within_day, s.within_week, s.within_month, s.growth, NULL, NULL, NULL, NULL
    FROM summed AS s
    WHERE s.grouped IN (0, 1) AND s.backups > 0;
$$;
