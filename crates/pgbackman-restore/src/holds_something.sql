-- 16384 is the first OID that a server gives to what its users make. A schema for temporary tables stays when its session ends.
WITH others AS (
    SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_'
)
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE oid >= 16384 AND relnamespace NOT IN (SELECT oid FROM others))
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_type WHERE oid >= 16384 AND typnamespace NOT IN (SELECT oid FROM others))
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_proc WHERE oid >= 16384)
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE oid >= 16384 AND oid NOT IN (SELECT oid FROM others))
    OR EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata)
