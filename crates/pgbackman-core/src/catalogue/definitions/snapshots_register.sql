INSERT INTO snapshot_definition (
    backup_server_id, pgsql_node_id, dbname, at_time, backup_code, retention_period, extra_backup_parameters, remarks,
    pg_dump_release
)
SELECT $1, $2::bigint::integer, new.dbname, $4, $5, $6::text::interval, $7, $8, $9
FROM unnest($3::text[]) WITH ORDINALITY AS new (dbname, position)
ORDER BY new.position
RETURNING snapshot_id
