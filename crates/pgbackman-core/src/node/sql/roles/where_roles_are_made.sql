-- The database in whose session a restore to a node like this one makes roles.
SELECT datname::pg_catalog.text AS name, pg_catalog.pg_encoding_to_char(encoding)::pg_catalog.text AS encoding
FROM pg_catalog.pg_database
WHERE datname OPERATOR(pg_catalog.=) ANY ('{postgres,template1}'::pg_catalog.name[])
ORDER BY datname
LIMIT 1
