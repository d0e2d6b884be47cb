-- Whether the leading session of this application has a lock on every table on which the holder has one.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_stat_activity a
    WHERE a.application_name OPERATOR(pg_catalog.=) $1::pg_catalog.text
        AND a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
        AND a.xact_start IS NOT NULL
) AND NOT EXISTS (
    SELECT l.relation FROM pg_catalog.pg_locks l
    WHERE l.pid OPERATOR(pg_catalog.=) $2::pg_catalog.int4 AND l.granted
        AND l.locktype OPERATOR(pg_catalog.=) 'relation' AND l.relation OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    EXCEPT
    SELECT l.relation FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
    WHERE a.application_name OPERATOR(pg_catalog.=) $1::pg_catalog.text AND l.granted
        AND l.locktype OPERATOR(pg_catalog.=) 'relation'
)
