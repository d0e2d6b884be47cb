SELECT
    count(*) AS all_of_them,
    count(*) FILTER (WHERE c.execution_status = 'SUCCEEDED') AS succeeded,
    count(*) FILTER (WHERE c.execution_status = 'WARNING') AS warned,
    count(*) FILTER (WHERE c.execution_status = 'ERROR' OR (c.bck_id IS NULL AND s.status = 'ERROR')) AS failed,
    coalesce(sum(
        coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0) + coalesce(c.pg_dump_dbconfig_file_size, 0)
    ), 0)::bigint AS bytes,
    min('database ' || s.dbname || ': ' || coalesce(c.error_message, s.problem))
        FILTER (WHERE c.execution_status = 'ERROR' OR (c.bck_id IS NULL AND s.status = 'ERROR')) AS reason
FROM snapshot_definition AS s
LEFT JOIN backup_catalog AS c ON c.snapshot_id = s.snapshot_id
WHERE s.pgsql_node_id = $1::bigint AND s.remarks = $2
