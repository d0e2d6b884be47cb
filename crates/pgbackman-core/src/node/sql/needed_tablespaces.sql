SELECT t.spcname::pg_catalog.text
FROM pg_catalog.pg_tablespace t
WHERE t.spcname NOT IN ('pg_default', 'pg_global')
    AND ($1::pg_catalog.bool
        OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.reltablespace = t.oid)
        OR EXISTS (
            SELECT FROM pg_catalog.pg_database d
            WHERE d.dattablespace = t.oid AND d.datname = pg_catalog.current_database()
        ))
ORDER BY 1
