SELECT setrole
FROM pg_catalog.pg_db_role_setting
WHERE setdatabase OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
