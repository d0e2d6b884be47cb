-- What databases have since 9.5 (objects.sql).
SELECT 'ROW SECURITY'::pg_catalog.text, pg_catalog.concat_ws(' ', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relrowsecurity
UNION ALL
SELECT 'POLICY', pg_catalog.concat_ws(' ', n.nspname, named.name)
FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
CROSS JOIN LATERAL (VALUES (pg_catalog.concat_ws(' ', c.relname, p.polname)), (p.polname::pg_catalog.text)) AS named (name)
UNION ALL
SELECT 'TRANSFORM', pg_catalog.concat('- TRANSFORM FOR ', pg_catalog.format_type(t.trftype, NULL), ' LANGUAGE ', l.lanname)
FROM pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) t.trflang
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_transform'::pg_catalog.regclass
      AND d.objid OPERATOR(pg_catalog.=) t.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
)
