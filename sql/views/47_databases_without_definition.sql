-- Databases that RUNNING nodes had when maintenance last looked, and of which no definition is. One of code CLUSTER backs up
-- its node whole, which is told beside.
CREATE VIEW databases_without_definition AS
SELECT
    n.node_id AS pgsql_node_id, n.fqdn AS pgsql_node, n.pgport, d.dbname, d.first_seen, d.last_seen,
    EXISTS (
        SELECT FROM backup_definition AS c
        WHERE c.pgsql_node_id = n.node_id AND c.backup_code = 'CLUSTER' AND c.job_status = 'ACTIVE'
    ) AS in_cluster_backup
FROM node_database AS d
JOIN pgsql_node AS n ON n.node_id = d.pgsql_node_id
WHERE n.status = 'RUNNING' AND d.gone IS NULL
  AND NOT EXISTS (
      SELECT FROM backup_definition AS b
      WHERE b.pgsql_node_id = n.node_id AND b.dbname = d.dbname AND b.backup_code <> 'CLUSTER' AND b.job_status <> 'DELETED'
  );
