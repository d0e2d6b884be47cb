SELECT EXISTS (
    SELECT 1
    FROM pg_catalog.pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        AND classid::pg_catalog.int8 = $1 AND objid::pg_catalog.int8 = $2
        AND pid <> pg_catalog.pg_backend_pid()
)
