-- What databases have since 9.5 (compare.sql).
SELECT 'ROW SECURITY'::pg_catalog.text, pg_catalog.concat_ws(' ', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relrowsecurity
UNION ALL
SELECT 'POLICY', pg_catalog.concat_ws(' ', n.nspname, named.name)
FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
CROSS JOIN LATERAL (VALUES (pg_catalog.concat_ws(' ', c.relname, p.polname)), (p.polname::pg_catalog.text)) AS named (name)
UNION ALL
SELECT 'TRANSFORM', NULL FROM pg_catalog.pg_transform
