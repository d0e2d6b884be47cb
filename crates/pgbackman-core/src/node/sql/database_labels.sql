SELECT provider, label
FROM pg_catalog.pg_shseclabel
WHERE classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
    AND objoid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
ORDER BY provider
