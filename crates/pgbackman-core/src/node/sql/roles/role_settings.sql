SELECT setrole, setdatabase OPERATOR(pg_catalog.<>) 0 AS in_database,
    ARRAY(SELECT pg_catalog.textsend(element) FROM pg_catalog.unnest(setconfig) AS element) AS setconfig
FROM pg_catalog.pg_db_role_setting
WHERE setrole OPERATOR(pg_catalog.=) ANY ($1)
    AND setdatabase OPERATOR(pg_catalog.=) ANY (ARRAY[
        0::pg_catalog.oid, (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
    ])
ORDER BY setrole, setdatabase
