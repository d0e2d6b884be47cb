SELECT t.spcname, o.rolname AS owner, g.rolname AS grantor, e.rolname AS grantee,
    (t.item).privilege_type, (t.item).is_grantable
FROM (
    SELECT *, pg_catalog.row_number() OVER () AS position
    FROM (
        SELECT spcname, spcowner, pg_catalog.aclexplode(spcacl) AS item
        FROM pg_catalog.pg_tablespace
        WHERE oid OPERATOR(pg_catalog.>=) 16384 AND oid OPERATOR(pg_catalog.=) ANY (
            SELECT reltablespace FROM pg_catalog.pg_class
            UNION
            SELECT dattablespace FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
        )
    ) x
) t
JOIN pg_catalog.pg_roles o ON o.oid OPERATOR(pg_catalog.=) t.spcowner
JOIN pg_catalog.pg_roles g ON g.oid OPERATOR(pg_catalog.=) (t.item).grantor
JOIN pg_catalog.pg_roles e ON e.oid OPERATOR(pg_catalog.=) (t.item).grantee
WHERE (t.item).grantee OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY t.spcname, t.position
