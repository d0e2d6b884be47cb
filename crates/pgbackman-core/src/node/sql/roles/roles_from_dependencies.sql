SELECT refobjid AS oid
FROM pg_catalog.pg_shdepend
WHERE refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
    AND (
        dbid OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
        OR dbid OPERATOR(pg_catalog.=) 0
            AND classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
            AND objid OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
    )
