-- The names as bytes: one that is no text in the session must not keep anybody from reading the others.
SELECT pg_catalog.textsend(datname::pg_catalog.text) AS name, oid, datallowconn, datistemplate
FROM pg_catalog.pg_database
WHERE datconnlimit OPERATOR(pg_catalog.<>) -2
ORDER BY datname
