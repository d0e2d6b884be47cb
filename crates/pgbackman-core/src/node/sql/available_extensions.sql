SELECT e.name::pg_catalog.text, e.default_version::pg_catalog.text,
    coalesce(v.superuser AND NOT /* trusted */, true) AS needs_superuser
FROM pg_catalog.pg_available_extensions e
LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name OPERATOR(pg_catalog.=) e.name AND v.version OPERATOR(pg_catalog.=) e.default_version
WHERE e.default_version IS NOT NULL
