-- What ALTER ROLE ALL SET has set for every role in every database.
SELECT ARRAY(SELECT pg_catalog.textsend(element) FROM pg_catalog.unnest(s.setconfig) AS element) AS setconfig
FROM pg_catalog.pg_db_role_setting AS s
WHERE s.setrole OPERATOR(pg_catalog.=) 0::pg_catalog.oid AND s.setdatabase OPERATOR(pg_catalog.=) 0::pg_catalog.oid
