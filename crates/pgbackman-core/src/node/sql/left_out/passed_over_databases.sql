-- Databases that pg_dumpall passes over without a word.
SELECT datname::pg_catalog.text AS name, datconnlimit OPERATOR(pg_catalog.=) -2 AS is_invalid
FROM pg_catalog.pg_database
WHERE (NOT datallowconn AND datname OPERATOR(pg_catalog.<>) 'template0'::pg_catalog.name)
    OR datconnlimit OPERATOR(pg_catalog.=) -2
ORDER BY 1
