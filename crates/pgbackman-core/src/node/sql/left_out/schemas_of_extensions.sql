-- Extensions that lie in a schema that must be there before them: no schema of the server's own, and none that they make.
SELECT e.extname::pg_catalog.text AS name, n.nspname::pg_catalog.text AS schema
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
WHERE n.oid OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid
    AND NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend AS m
        WHERE m.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
            AND m.objid OPERATOR(pg_catalog.=) n.oid
            AND m.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
            AND m.deptype OPERATOR(pg_catalog.=) 'e'
    )
ORDER BY 1
