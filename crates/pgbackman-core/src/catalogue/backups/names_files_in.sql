SELECT EXISTS (
    SELECT FROM backup_catalog AS c
    CROSS JOIN LATERAL (
        VALUES (c.pg_dump_file), (c.pg_dump_log_file), (c.pg_dump_roles_file), (c.pg_dump_roles_log_file),
            (c.pg_dump_dbconfig_file), (c.pg_dump_dbconfig_log_file), (c.manifest_file), (c.global_log_file)
    ) AS f (file)
    WHERE c.backup_server_id = $1 AND c.pgsql_node_id = $2::bigint AND starts_with(f.file, rtrim($3::text, '/') || '/')
) OR EXISTS (
    SELECT FROM catalog_entries_to_delete AS d
    CROSS JOIN LATERAL (
        VALUES (d.pg_dump_file), (d.pg_dump_log_file), (d.pg_dump_roles_file), (d.pg_dump_roles_log_file),
            (d.pg_dump_dbconfig_file), (d.pg_dump_dbconfig_log_file), (d.manifest_file)
    ) AS f (file)
    WHERE d.backup_server_id = $1 AND starts_with(f.file, rtrim($3::text, '/') || '/')
)
