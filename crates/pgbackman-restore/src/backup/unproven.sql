SELECT c.relkind OPERATOR(pg_catalog.=) 'p'
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.text::pg_catalog.name
    AND c.relname OPERATOR(pg_catalog.=) $2::pg_catalog.text::pg_catalog.name
