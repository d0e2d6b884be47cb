-- The statements that give the rights on views ($1, by OID) again.
SELECT format(
    'GRANT %s ON %I.%I TO %s%s', a.privilege_type, n.nspname, c.relname,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
WHERE c.oid = ANY ($1) AND a.grantee <> c.relowner
UNION ALL
SELECT format(
    'GRANT %s (%I) ON %I.%I TO %s%s', a.privilege_type, col.attname, n.nspname, c.relname,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
    CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS col ON col.attrelid = c.oid AND NOT col.attisdropped
CROSS JOIN LATERAL pg_catalog.aclexplode(col.attacl) AS a
WHERE c.oid = ANY ($1) AND a.grantee <> c.relowner
