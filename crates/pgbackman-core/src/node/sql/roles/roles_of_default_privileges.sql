SELECT pg_catalog.unnest(ARRAY[(a.item).grantee, (a.item).grantor])
FROM (SELECT pg_catalog.aclexplode(defaclacl) AS item FROM pg_catalog.pg_default_acl) a
