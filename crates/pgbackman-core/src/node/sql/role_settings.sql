SELECT setrole, setdatabase <> 0 AS in_database, setconfig
FROM pg_catalog.pg_db_role_setting
WHERE setrole = ANY ($1)
    AND setdatabase IN (
        0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    )
ORDER BY setrole, setdatabase
