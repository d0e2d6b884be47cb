-- Counts and sums for the shell's statistics; NULL does not restrict. One pass over each table.

CREATE FUNCTION statistics_of_definitions(
    server integer, node bigint,
    OUT servers bigint, OUT nodes bigint, OUT databases bigint, OUT active bigint, OUT stopped bigint,
    OUT cluster bigint, OUT data bigint, OUT "full" bigint, OUT schema bigint, OUT rds bigint
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        count(DISTINCT d.backup_server_id),
        count(DISTINCT d.pgsql_node_id),
        count(DISTINCT (d.pgsql_node_id, d.dbname)) FILTER (WHERE d.backup_code <> 'CLUSTER'),
        count(*) FILTER (WHERE d.job_status = 'ACTIVE'),
        count(*) FILTER (WHERE d.job_status = 'STOPPED'),
        count(*) FILTER (WHERE d.backup_code = 'CLUSTER'),
        count(*) FILTER (WHERE d.backup_code = 'DATA'),
        count(*) FILTER (WHERE d.backup_code = 'FULL'),
        count(*) FILTER (WHERE d.backup_code = 'SCHEMA'),
        count(*) FILTER (WHERE d.backup_code = 'RDS')
    FROM backup_definition AS d
    WHERE (server IS NULL OR d.backup_server_id = server) AND (node IS NULL OR d.pgsql_node_id = node);
$$;

-- Faulty is what is not usable as it should be: ERROR and WARNING.
CREATE FUNCTION statistics_of_backups(
    server integer, node bigint,
    OUT succeeded bigint, OUT faulty bigint, OUT size text, OUT running_time text, OUT oldest text, OUT newest text,
    OUT bytes numeric, OUT total_duration interval, OUT oldest_finished timestamptz, OUT newest_finished timestamptz
)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        totals.succeeded,
        totals.faulty,
        pg_size_pretty(totals.bytes),
        CASE extract(day FROM totals.time) WHEN 0 THEN '' WHEN 1 THEN '1 day, '
            ELSE extract(day FROM totals.time) || ' days, ' END || to_char(totals.time, 'FMHH24:MI:SS'),
        to_char(totals.oldest, 'YYYY-MM-DD HH24:MI:SSTZH:TZM'),
        to_char(totals.newest, 'YYYY-MM-DD HH24:MI:SSTZH:TZM'),
        totals.bytes,
        totals.time,
        totals.oldest,
        totals.newest
    FROM (
        SELECT
            count(*) FILTER (WHERE c.execution_status = 'SUCCEEDED') AS succeeded,
            count(*) FILTER (WHERE c.execution_status <> 'SUCCEEDED') AS faulty,
            coalesce(sum(
                coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0)
                + coalesce(c.pg_dump_dbconfig_file_size, 0)
            ), 0) AS bytes,
            justify_hours(coalesce(sum(c.duration), interval '0')) AS time,
            min(c.finished) AS oldest,
            max(c.finished) AS newest
        FROM backup_catalog AS c
        WHERE (server IS NULL OR c.backup_server_id = server) AND (node IS NULL OR c.pgsql_node_id = node)
    ) AS totals;
$$;
