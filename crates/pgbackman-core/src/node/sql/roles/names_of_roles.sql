-- The names of these roles as bytes, where the client encoding is SQL_ASCII.
SELECT pg_catalog.textsend(rolname::pg_catalog.text) AS name
FROM pg_catalog.pg_roles
WHERE oid OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY rolname
