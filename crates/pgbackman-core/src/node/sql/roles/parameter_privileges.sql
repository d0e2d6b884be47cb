SELECT p.parname, o.rolname AS owner, g.rolname AS grantor, e.rolname AS grantee,
    (p.item).privilege_type, (p.item).is_grantable
FROM (
    SELECT *, pg_catalog.row_number() OVER () AS position
    FROM (SELECT parname, pg_catalog.aclexplode(paracl) AS item FROM pg_catalog.pg_parameter_acl) x
) p
JOIN pg_catalog.pg_roles o ON o.oid OPERATOR(pg_catalog.=) 10
JOIN pg_catalog.pg_roles g ON g.oid OPERATOR(pg_catalog.=) (p.item).grantor
JOIN pg_catalog.pg_roles e ON e.oid OPERATOR(pg_catalog.=) (p.item).grantee
WHERE (p.item).grantee OPERATOR(pg_catalog.=) ANY ($1) AND (p.item).grantee OPERATOR(pg_catalog.<>) 10
ORDER BY p.parname, p.position
