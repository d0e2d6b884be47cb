-- 16384 is the first OID that a server gives to what its users make. A schema for temporary tables stays when its session ends.
WITH others AS (
    SELECT oid FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.~) '^pg_(toast_)?temp_'
)
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.>=) 16384 AND relnamespace OPERATOR(pg_catalog.<>) ALL (SELECT oid FROM others))
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_type WHERE oid OPERATOR(pg_catalog.>=) 16384 AND typnamespace OPERATOR(pg_catalog.<>) ALL (SELECT oid FROM others))
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc WHERE oid OPERATOR(pg_catalog.>=) 16384)
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE oid OPERATOR(pg_catalog.>=) 16384 AND oid OPERATOR(pg_catalog.<>) ALL (SELECT oid FROM others))
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata)
