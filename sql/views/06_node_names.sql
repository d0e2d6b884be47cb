-- The name of each node, and how lists for people show it: with its port where another node has the same name.
CREATE VIEW pgsql_node_name AS
SELECT
    n.node_id,
    n.fqdn,
    CASE
        WHEN count(*) OVER (PARTITION BY n.fqdn) = 1 THEN n.fqdn
        WHEN n.fqdn LIKE '%:%' THEN '[' || n.fqdn || ']:' || n.pgport
        ELSE n.fqdn || ':' || n.pgport
    END AS shown,
    n.status,
    n.window_until
FROM pgsql_node AS n;
