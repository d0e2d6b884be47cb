SELECT provider, pg_catalog.textsend(label) AS label
FROM pg_catalog.pg_shseclabel
WHERE classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass
    AND objoid OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
ORDER BY provider
