SELECT objoid, provider, pg_catalog.textsend(label) AS label
FROM pg_catalog.pg_shseclabel
WHERE classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass AND objoid OPERATOR(pg_catalog.=) ANY ($1)
ORDER BY objoid, provider
