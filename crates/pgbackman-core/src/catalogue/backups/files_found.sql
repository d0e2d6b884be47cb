-- What servers ($1, all where NULL) found at the kept backups of nodes ($2, all where NULL) that are not whole: a row for each
-- node of a server, state, and what was found first together: damage by one pass, and what could not be looked at on one day (UTC).
WITH found AS MATERIALIZED (
    SELECT
        c.backup_server_id, c.pgsql_node_id, c.files_state,
        to_char(c.files_since AT TIME ZONE 'UTC',
                CASE c.files_state WHEN 'damaged' THEN 'YYYY-MM-DD"T"HH24:MI:SS.US' ELSE 'YYYY-MM-DD' END) AS found,
        count(*) AS backups, min(c.files_since) AS since, max(c.bck_id) AS newest
    FROM backup_catalog AS c
    WHERE c.files_state <> 'whole' AND c.deleting_since IS NULL AND c.execution_status IN ('SUCCEEDED', 'WARNING')
      AND ($1::integer[] IS NULL OR c.backup_server_id = ANY ($1)) AND ($2::bigint[] IS NULL OR c.pgsql_node_id = ANY ($2))
    GROUP BY 1, 2, 3, 4
)
SELECT
    f.backup_server_id, s.fqdn AS server_fqdn, f.pgsql_node_id::bigint AS node_id, n.fqdn || ':' || n.pgport AS node,
    coalesce(get_pgsql_node_config_value(f.pgsql_node_id, 'logs_email'), '') AS told, f.files_state = 'damaged' AS is_damaged, f.found, f.backups, f.since, f.newest, b.files_problem AS problem,
    CASE WHEN f.files_state = 'damaged' THEN ARRAY (
        SELECT DISTINCT d.def_id FROM backup_catalog AS d
        WHERE d.backup_server_id = f.backup_server_id AND d.pgsql_node_id = f.pgsql_node_id AND d.files_state <> 'whole'
          AND d.files_state = 'damaged' AND d.def_id IS NOT NULL AND d.deleting_since IS NULL
          AND d.execution_status IN ('SUCCEEDED', 'WARNING')
          AND NOT EXISTS (
              SELECT FROM backup_catalog AS w
              WHERE w.def_id = d.def_id AND w.deleting_since IS NULL AND w.execution_status IN ('SUCCEEDED', 'WARNING')
                AND coalesce(w.files_state, 'whole') = 'whole'
          )
        ORDER BY d.def_id
        LIMIT 10
    ) ELSE '{}' END AS without_whole
FROM found AS f
JOIN backup_server AS s ON s.server_id = f.backup_server_id
JOIN pgsql_node AS n ON n.node_id = f.pgsql_node_id
JOIN backup_catalog AS b ON b.bck_id = f.newest
ORDER BY f.files_state, s.fqdn, n.fqdn, n.pgport, f.found
