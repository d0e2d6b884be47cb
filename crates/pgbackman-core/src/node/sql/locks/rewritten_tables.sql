-- The row of pg_class is that of the snapshot; the function looks at the table as it is now.
SELECT c.oid, n.nspname::pg_catalog.text, c.relname::pg_catalog.text
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) 'r'
    AND pg_catalog.left(n.nspname::pg_catalog.text, 3) OPERATOR(pg_catalog.<>) 'pg_'
    AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema'
    AND c.relfilenode OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
    AND pg_catalog.pg_relation_filenode(c.oid::pg_catalog.regclass) OPERATOR(pg_catalog.<>) c.relfilenode
ORDER BY c.oid
