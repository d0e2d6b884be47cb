SELECT EXISTS (
    SELECT 1
    FROM pg_catalog.pg_locks
    WHERE locktype OPERATOR(pg_catalog.=) 'advisory' AND granted AND objsubid OPERATOR(pg_catalog.=) 2
        AND database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
        AND classid::pg_catalog.int8 OPERATOR(pg_catalog.=) $1 AND objid::pg_catalog.int8 OPERATOR(pg_catalog.=) $2
        AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()
)
