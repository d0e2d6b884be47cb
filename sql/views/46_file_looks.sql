-- The daily looks at the files of backups, of each backup server that has any: when the last one that went through ended, and
-- since when there has been none. A catalogue that was upgraded has it since then.
CREATE VIEW file_looks AS
SELECT
    s.server_id AS backup_server_id,
    s.fqdn,
    l.ended,
    coalesce(l.ended, greatest(
        s.registered,
        (SELECT max(v.registered) FROM pgbackman_version AS v WHERE v.version >= 12),
        (
            SELECT min(c.registered) FROM backup_catalog AS c
            WHERE c.backup_server_id = s.server_id AND c.deleting_since IS NULL
              AND c.execution_status IN ('SUCCEEDED', 'WARNING')
        )
    )) AS since
FROM backup_server AS s
LEFT JOIN file_look AS l ON l.backup_server_id = s.server_id
WHERE EXISTS (
    SELECT FROM backup_catalog AS c
    WHERE c.backup_server_id = s.server_id AND c.deleting_since IS NULL AND c.execution_status IN ('SUCCEEDED', 'WARNING')
);
