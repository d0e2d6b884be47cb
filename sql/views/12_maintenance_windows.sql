-- Maintenance windows of PgSQL nodes.

CREATE VIEW show_maintenance_windows AS
SELECT
    n.node_id,
    n.fqdn AS "PgSQL node",
    n.pgport AS "Pgport",
    n.status_since AS "Since",
    n.window_until AS "Until",
    n.window_reason AS "Reason"
FROM pgsql_node AS n WHERE n.window_until IS NOT NULL;
