-- Objects with comments that there are since 9.5 (named_objects.sql).
SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass::pg_catalog.oid, p.oid, 0,
    n.nspname, 'POLICY', pg_catalog.concat_ws(' ', p.polname, 'ON', c.relname)
FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
UNION ALL
SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, oid, 0, '-', 'ACCESS METHOD', amname FROM pg_catalog.pg_am
UNION ALL
SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass, oid, 0, '-', 'TRANSFORM', '' FROM pg_catalog.pg_transform
