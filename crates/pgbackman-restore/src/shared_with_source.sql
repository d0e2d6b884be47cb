-- Subscriptions of a database that use a slot, which the database that they were copied from uses, too.
SELECT pg_catalog.format('%s (%s)', s.subname, s.subslotname)
FROM pg_catalog.pg_subscription AS s
JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.subdbid
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND s.subslotname IS NOT NULL
ORDER BY 1
