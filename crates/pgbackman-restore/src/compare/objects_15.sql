-- What databases have since 15 (objects.sql).
SELECT 'PUBLICATION TABLES IN SCHEMA'::pg_catalog.text, pg_catalog.concat_ws(' ', n.nspname, p.pubname, n.nspname)
FROM pg_catalog.pg_publication_namespace AS r
JOIN pg_catalog.pg_publication AS p ON p.oid OPERATOR(pg_catalog.=) r.pnpubid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) r.pnnspid
