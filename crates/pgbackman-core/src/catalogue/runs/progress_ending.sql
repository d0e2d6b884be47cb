SELECT
    EXISTS (SELECT FROM run_in_progress AS r WHERE r.run_uuid = $1) AS goes_on,
    ended.execution_status, ended.error_message
FROM (SELECT 1) AS one
LEFT JOIN (
    SELECT c.execution_status, c.error_message FROM backup_catalog AS c WHERE c.run_uuid = $1
    UNION ALL
    SELECT c.execution_status, c.error_message FROM restore_catalog AS c WHERE c.run_uuid = $1
) AS ended ON true
