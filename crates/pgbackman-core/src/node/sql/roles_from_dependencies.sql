SELECT refobjid AS oid
FROM pg_catalog.pg_shdepend
WHERE refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
    AND (
        dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        OR dbid = 0
            AND classid = 'pg_catalog.pg_database'::pg_catalog.regclass
            AND objid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    )
