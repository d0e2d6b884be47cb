SELECT t.spcname::pg_catalog.text
FROM pg_catalog.pg_tablespace t
WHERE t.spcname OPERATOR(pg_catalog.<>) ALL ('{pg_default,pg_global}')
    AND ($1::pg_catalog.bool
        OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.reltablespace OPERATOR(pg_catalog.=) t.oid)
        OR EXISTS (
            SELECT FROM pg_catalog.pg_database d
            WHERE d.dattablespace OPERATOR(pg_catalog.=) t.oid AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
        ))
ORDER BY 1
