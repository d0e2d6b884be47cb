-- Who waits for a lock on this server; what for, so that two waits can be told apart; whether it is a session of this
-- application, whether one of those (or the holder) is in its way, and whether the holder is.
SELECT w.pid, w.what,
    COALESCE(a.application_name OPERATOR(pg_catalog.=) $1::pg_catalog.text, false) AS is_ours,
    w.blockers OPERATOR(pg_catalog.&&) ARRAY(
        SELECT o.pid FROM pg_catalog.pg_stat_activity o WHERE o.application_name OPERATOR(pg_catalog.=) $1::pg_catalog.text
        UNION ALL SELECT $2::pg_catalog.int4
    ) AS behind_us,
    w.blockers OPERATOR(pg_catalog.&&) ARRAY[$2::pg_catalog.int4] AS behind_holder
FROM (
    SELECT l.pid, pg_catalog.min(pg_catalog.concat_ws(':', l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid,
            l.transactionid, l.classid, l.objid, l.objsubid)) AS what,
        pg_catalog.pg_blocking_pids(l.pid) AS blockers
    FROM pg_catalog.pg_locks l
    WHERE NOT l.granted
    GROUP BY l.pid
) w
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) w.pid
WHERE COALESCE(a.backend_type OPERATOR(pg_catalog.<>) 'autovacuum worker', true)
