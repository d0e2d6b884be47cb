WITH RECURSIVE named(oid) AS (
/* sources */
),
needed(oid) AS (
    SELECT oid FROM named WHERE oid OPERATOR(pg_catalog.<>) 0
    UNION
    -- Whoever granted a membership must exist too; the bootstrap superuser (OID 10) grants under whatever name it has.
    SELECT pg_catalog.unnest(ARRAY[m.roleid, CASE WHEN m.grantor OPERATOR(pg_catalog.=) 10 THEN m.roleid ELSE m.grantor END])
    FROM needed n
    JOIN pg_catalog.pg_auth_members m ON m.member OPERATOR(pg_catalog.=) n.oid
)
SELECT r.oid
FROM needed n
JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.oid
ORDER BY r.rolname
