SELECT objoid, provider, label
FROM pg_catalog.pg_shseclabel
WHERE classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND objoid = ANY ($1)
ORDER BY objoid, provider
