-- Objects with comments that there are since 10 (named_objects.sql).
SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass::pg_catalog.oid, s.oid, 0,
    n.nspname, 'STATISTICS', s.stxname
FROM pg_catalog.pg_statistic_ext AS s JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) s.stxnamespace
UNION ALL
SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, oid, 0, '-', 'PUBLICATION', pubname
FROM pg_catalog.pg_publication
UNION ALL
SELECT 'pg_catalog.pg_subscription'::pg_catalog.regclass, oid, 0, '-', 'SUBSCRIPTION', subname
FROM pg_catalog.pg_subscription
