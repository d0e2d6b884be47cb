SELECT oid, rolname, pg_catalog.convert_to(rolname::pg_catalog.text, (
    SELECT pg_catalog.pg_encoding_to_char(encoding)
    FROM pg_catalog.pg_database
    WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
)) AS encoded
FROM pg_catalog.pg_roles
WHERE oid OPERATOR(pg_catalog.<) 16384 AND oid OPERATOR(pg_catalog.<>) 10
