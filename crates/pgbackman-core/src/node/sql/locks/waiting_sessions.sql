-- Who waits for a lock on this server; what for, so that two waits can be told apart; whether it is a session of one of these
-- applications, whether one of those (or the holder) is in its way, whether the holder is, whether somebody else is, and
-- whether it only computes something from rows that are there. The functions are asked instead of the view pg_stat_activity,
-- which reads catalogs that may be what is locked.
WITH activity AS (
    SELECT s.pid, s.application_name, s.backend_type, s.query
    FROM pg_catalog.pg_stat_get_activity(NULL::pg_catalog.int4) AS s
), ours AS (
    SELECT a.pid FROM activity a WHERE a.application_name OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])
)
SELECT w.pid, w.what,
    COALESCE(a.application_name OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]), false) AS is_ours,
    w.blockers OPERATOR(pg_catalog.&&) ARRAY(SELECT o.pid FROM ours o UNION ALL SELECT $2::pg_catalog.int4) AS behind_us,
    w.blockers OPERATOR(pg_catalog.&&) ARRAY[$2::pg_catalog.int4] AS behind_holder,
    NOT w.blockers OPERATOR(pg_catalog.<@) ARRAY(SELECT o.pid FROM ours o) AS behind_others,
    COALESCE(
        pg_catalog.left(a.query, 26) OPERATOR(pg_catalog.=) 'REFRESH MATERIALIZED VIEW '
            OR pg_catalog.left(a.query, 8) OPERATOR(pg_catalog.=) 'ANALYZE ',
        false
    ) AS derives
FROM (
    SELECT l.pid, pg_catalog.min(pg_catalog.concat_ws(':', l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid,
            l.transactionid, l.classid, l.objid, l.objsubid)) AS what,
        pg_catalog.pg_blocking_pids(l.pid) AS blockers
    FROM pg_catalog.pg_locks l
    WHERE NOT l.granted
    GROUP BY l.pid
) w
LEFT JOIN activity a ON a.pid OPERATOR(pg_catalog.=) w.pid
WHERE COALESCE(a.backend_type OPERATOR(pg_catalog.<>) 'autovacuum worker', true)
