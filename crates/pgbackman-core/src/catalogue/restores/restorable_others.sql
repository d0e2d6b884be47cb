-- What an operator has to know of a backup before it is deleted or restored.
SELECT
    c.deleting_since,
    c.execution_status IN ('SUCCEEDED', 'WARNING') AND c.files_state IS DISTINCT FROM 'damaged'
        AND NOT EXISTS (
            SELECT FROM backup_catalog AS o
            WHERE o.pgsql_node_id = c.pgsql_node_id AND o.dbname = c.dbname AND o.bck_id <> c.bck_id
              AND o.execution_status IN ('SUCCEEDED', 'WARNING') AND o.files_state IS DISTINCT FROM 'damaged'
              AND o.deleting_since IS NULL
        ) AS is_the_only_one
FROM backup_catalog AS c
WHERE c.bck_id = $1::bigint
