-- Backup servers, nodes, their configuration, the queue. The columns of 1.x in their order, then what is new.

CREATE VIEW show_backup_servers AS
SELECT
    lpad(s.server_id::text, greatest(5, length(s.server_id::text)), '0') AS "SrvID",
    s.fqdn AS "FQDN",
    s.status AS "Status",
    s.remarks AS "Remarks"
FROM backup_server AS s;

CREATE VIEW show_pgsql_nodes AS
SELECT
    lpad(n.node_id::text, greatest(6, length(n.node_id::text)), '0') AS "NodeID",
    n.fqdn AS "FQDN",
    n.pgport AS "Pgport",
    n.admin_user AS "Admin user",
    n.status AS "Status",
    n.remarks AS "Remarks",
    n.status || coalesce(' until ' || to_char(n.window_until, 'YYYY-MM-DD HH24:MI:SSTZH:TZM'), '') AS "Status in tables",
    n.window_until
FROM pgsql_node AS n;

CREATE VIEW show_backup_server_config AS
SELECT
    c.server_id,
    c.parameter AS "Parameter",
    CASE WHEN c.parameter ~* '(password|passphrase|secret|token|key)$' THEN '********' ELSE c.value END AS "Value",
    c.description AS "Description"
FROM backup_server_config AS c;

CREATE VIEW show_pgsql_node_config AS
SELECT
    c.node_id,
    c.parameter AS "Parameter",
    CASE WHEN c.parameter ~* '(password|passphrase|secret|token|key)$' THEN '********' ELSE c.value END AS "Value",
    c.description AS "Description"
FROM pgsql_node_config AS c;

CREATE VIEW show_jobs_queue AS
SELECT
    q.id AS "JobID",
    q.registered AS "Registered",
    q.backup_server_id AS "SrvID",
    s.fqdn AS "Backup server",
    q.pgsql_node_id AS "NodeID",
    n.fqdn AS "PgSQL node",
    q.is_assigned AS "Assigned",
    n.shown AS "PgSQL node in tables"
FROM job_queue AS q
JOIN backup_server AS s ON s.server_id = q.backup_server_id
JOIN pgsql_node_name AS n ON n.node_id = q.pgsql_node_id;
