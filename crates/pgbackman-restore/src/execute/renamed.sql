-- What goes on in a database that is to be renamed: its replication slots, its subscriptions, and the server's background workers
-- in it, which are not started again when its sessions are ended.
SELECT 'slot'::pg_catalog.text AS kind, slot_name::pg_catalog.text AS name
FROM pg_catalog.pg_replication_slots WHERE database OPERATOR(pg_catalog.=) $1::pg_catalog.text
UNION ALL
SELECT 'subscription', s.subname
FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) s.subdbid
WHERE d.datname OPERATOR(pg_catalog.=) $1::pg_catalog.text AND s.subenabled
UNION ALL
SELECT 'worker', backend_type FROM pg_catalog.pg_stat_activity
WHERE datname OPERATOR(pg_catalog.=) $1::pg_catalog.text AND backend_type OPERATOR(pg_catalog.<>) ALL (ARRAY[
    'client backend', 'parallel worker', 'autovacuum worker', 'walsender', 'logical replication worker',
    'logical replication apply worker', 'logical replication parallel worker', 'logical replication tablesync worker',
    'logical replication launcher', 'slotsync worker'
])
ORDER BY 1, 2
