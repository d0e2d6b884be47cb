-- What databases have since 10 (objects.sql).
SELECT 'STATISTICS'::pg_catalog.text, pg_catalog.concat_ws(' ', n.nspname, s.stxname)
FROM pg_catalog.pg_statistic_ext AS s JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) s.stxnamespace
UNION ALL
SELECT 'PUBLICATION', pg_catalog.concat_ws(' ', '-', pubname) FROM pg_catalog.pg_publication
UNION ALL
SELECT 'PUBLICATION TABLE', pg_catalog.concat_ws(' ', n.nspname, named.name)
FROM pg_catalog.pg_publication_rel AS r JOIN pg_catalog.pg_publication AS p ON p.oid OPERATOR(pg_catalog.=) r.prpubid
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) r.prrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
CROSS JOIN LATERAL (VALUES (pg_catalog.concat_ws(' ', p.pubname, c.relname)), (c.relname::pg_catalog.text)) AS named (name)
UNION ALL
SELECT 'SUBSCRIPTION', pg_catalog.concat_ws(' ', '-', s.subname)
FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.subdbid
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
