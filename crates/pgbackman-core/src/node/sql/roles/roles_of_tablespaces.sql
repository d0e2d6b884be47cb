SELECT t.spcowner
FROM pg_catalog.pg_tablespace t
WHERE t.oid OPERATOR(pg_catalog.>=) 16384 AND t.oid OPERATOR(pg_catalog.=) ANY (
    SELECT reltablespace FROM pg_catalog.pg_class
    UNION
    SELECT dattablespace FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
)
UNION
SELECT pg_catalog.unnest(ARRAY[(a.item).grantee, (a.item).grantor])
FROM (
    SELECT pg_catalog.aclexplode(t.spcacl) AS item
    FROM pg_catalog.pg_tablespace t
    WHERE t.oid OPERATOR(pg_catalog.>=) 16384 AND t.oid OPERATOR(pg_catalog.=) ANY (
        SELECT reltablespace FROM pg_catalog.pg_class
        UNION
        SELECT dattablespace FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    )
) a
