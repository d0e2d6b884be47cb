SELECT least(
    (
        SELECT min(coalesce(c.started, c.finished, c.registered)) FROM backup_catalog AS c
        WHERE ($1::integer[] IS NULL OR c.backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR c.pgsql_node_id = ANY ($2))
    ),
    (
        SELECT min(coalesce(p.started, p.finished)) FROM past_backup AS p
        WHERE ($1::integer[] IS NULL OR p.backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR p.pgsql_node_id = ANY ($2))
    )
)
