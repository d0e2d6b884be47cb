SELECT wanted.name, true
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS wanted (name)
WHERE EXISTS (
        SELECT 1 FROM pg_catalog.pg_collation c
        WHERE wanted.name OPERATOR(pg_catalog.=) ANY (ARRAY[c.collcollate::pg_catalog.text, c.collctype::pg_catalog.text]) AND /* provider */
    )
    OR EXISTS (
        SELECT 1 FROM pg_catalog.pg_database d
        WHERE wanted.name OPERATOR(pg_catalog.=) ANY (ARRAY[d.datcollate::pg_catalog.text, d.datctype::pg_catalog.text])
    )
