SELECT pg_catalog.unnest(ARRAY[(a.item).grantee, (a.item).grantor])
FROM (
    SELECT pg_catalog.aclexplode(attacl) AS item
    FROM pg_catalog.pg_attribute
    WHERE attacl IS NOT NULL AND attrelid OPERATOR(pg_catalog.>=) 16384
) a
