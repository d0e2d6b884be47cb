-- What ALTER ROLE ALL SET has set for every role in every database: pg_dumpall does not write it.
SELECT element AS name
FROM pg_catalog.pg_db_role_setting AS s, pg_catalog.unnest(s.setconfig) AS element
WHERE s.setrole OPERATOR(pg_catalog.=) 0::pg_catalog.oid AND s.setdatabase OPERATOR(pg_catalog.=) 0::pg_catalog.oid
ORDER BY 1
