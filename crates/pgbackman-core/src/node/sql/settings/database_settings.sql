SELECT r.rolname,
    ARRAY(SELECT pg_catalog.textsend(element) FROM pg_catalog.unnest(s.setconfig) AS element) AS setconfig
FROM pg_catalog.pg_db_role_setting s
LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) s.setrole
WHERE s.setdatabase OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
    AND (s.setrole OPERATOR(pg_catalog.=) 0 OR r.oid IS NOT NULL)
ORDER BY r.rolname
