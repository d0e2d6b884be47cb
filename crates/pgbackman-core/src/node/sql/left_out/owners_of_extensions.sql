-- Extensions whose owner is neither a superuser nor the role that backs up: a restore gives them another one.
SELECT e.extname::pg_catalog.text AS name, r.rolname::pg_catalog.text AS owner
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) e.extowner
WHERE NOT r.rolsuper AND r.rolname OPERATOR(pg_catalog.<>) CURRENT_USER
ORDER BY 1
