SELECT datdba FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
UNION
SELECT (a.item).grantee
FROM (SELECT pg_catalog.aclexplode(datacl) AS item FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) a
UNION
SELECT (a.item).grantor
FROM (SELECT pg_catalog.aclexplode(datacl) AS item FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()) a
