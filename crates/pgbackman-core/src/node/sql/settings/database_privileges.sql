SELECT g.rolname AS grantor, e.rolname AS grantee, (x.item).privilege_type, (x.item).is_grantable
FROM (
    SELECT item, pg_catalog.row_number() OVER () AS position
    FROM (
        SELECT pg_catalog.aclexplode(datacl) AS item
        FROM pg_catalog.pg_database
        WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    ) y
) x
JOIN pg_catalog.pg_roles g ON g.oid OPERATOR(pg_catalog.=) (x.item).grantor
LEFT JOIN pg_catalog.pg_roles e ON e.oid OPERATOR(pg_catalog.=) (x.item).grantee
WHERE (x.item).grantee OPERATOR(pg_catalog.=) 0 OR e.oid IS NOT NULL
ORDER BY x.position
