-- The statements that give the rights on our functions ($1) again, each with the function that must exist for it.
SELECT
    p.oid::regprocedure::text AS signature,
    format(
        'GRANT EXECUTE ON FUNCTION %s TO %s%s', p.oid::regprocedure,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
        CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    ) AS statement
FROM pg_catalog.pg_proc AS p CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) AS a
WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY ($1) AND a.grantee NOT IN (p.proowner, 0)
UNION ALL
-- PUBLIC has the right unless somebody took it away.
SELECT p.oid::regprocedure::text, format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', p.oid::regprocedure)
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY ($1) AND p.proacl IS NOT NULL
  AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) AS a WHERE a.grantee = 0)
