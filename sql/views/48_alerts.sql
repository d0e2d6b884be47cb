-- Alerts, one row each, with how far their sending is.

CREATE VIEW show_alerts AS
SELECT
    a.alert_id,
    lpad(a.alert_id::text, greatest(8, length(a.alert_id::text)), '0') AS "AlertID",
    a.registered AS "Registered",
    a.alert_type AS "Type",
    a.backup_server_id,
    s.fqdn AS "Backup server",
    a.pgsql_node_id,
    n.fqdn AS "PgSQL node",
    a.dbname AS "DBname",
    a.execution_status AS "Status",
    a.error_message AS "Message",
    a.resolved AS "Resolved",
    a.resolution AS "Resolution",
    CASE
        WHEN d.waiting > 0 AND d.last_error IS NOT NULL THEN 'FAILING'
        WHEN a.planned IS NULL OR d.waiting > 0 THEN 'WAITING'
        WHEN d.sent > 0 THEN 'SENT'
        ELSE 'NOT SENT'
    END AS "Sending",
    d.channels AS "Waits for",
    d.next_try AS "Next try",
    d.last_error AS "Reason",
    a.condition IS NOT NULL AND a.resolved IS NULL AS lasts,
    a.ref_id,
    a.bck_id,
    a.sendto,
    n.shown AS "PgSQL node in tables"
FROM alerts AS a
JOIN backup_server AS s ON s.server_id = a.backup_server_id
LEFT JOIN pgsql_node_name AS n ON n.node_id = a.pgsql_node_id
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE w.sent IS NULL) AS waiting,
        count(*) FILTER (WHERE w.sent IS NOT NULL) AS sent,
        string_agg(DISTINCT w.channel, ', ' ORDER BY w.channel) FILTER (WHERE w.sent IS NULL) AS channels,
        min(w.next_attempt) FILTER (WHERE w.sent IS NULL) AS next_try,
        max(w.last_error) FILTER (WHERE w.sent IS NULL) AS last_error
    FROM alert_delivery AS w WHERE w.alert_id = a.alert_id
) AS d;
