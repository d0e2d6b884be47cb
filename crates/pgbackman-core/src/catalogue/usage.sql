SELECT
    (
        SELECT count(*) FROM backup_definition AS d
        WHERE d.backup_server_id = $1::integer OR d.pgsql_node_id = $2::bigint
    ) AS definitions,
    (
        SELECT count(*) FROM snapshot_definition AS s
        WHERE s.backup_server_id = $1 OR s.pgsql_node_id = $2
    ) AS snapshots,
    (
        SELECT count(*) FROM backup_catalog AS c
        WHERE c.backup_server_id = $1 OR c.pgsql_node_id = $2 OR c.def_id = ANY ($3::bigint[]) OR c.snapshot_id = $4::bigint
    ) AS backups,
    (
        SELECT count(*) FROM run_in_progress AS r
        WHERE r.def_id = ANY ($3) OR r.snapshot_id = $4
    ) AS runs
