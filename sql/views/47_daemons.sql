-- The daemons of the backup servers, as the catalogue has last heard of them.

CREATE VIEW show_daemons AS
SELECT
    d.backup_server_id,
    d.fqdn AS "Backup server",
    d.daemon AS "Daemon",
    d.state AS "State",
    d.version AS "Version",
    d.procpid AS "ProcPID",
    d.started AS "Started",
    d.last_seen AS "Last seen",
    concat_ws('; ',
        CASE WHEN d.state = 'late' THEN
            'should have been heard of within ' || to_char(d.next_within, 'FMHH24:MI:SS')
        END,
        nullif(d.facts ->> 'failing', '0') || ' failing',
        nullif(d.facts ->> 'pending_files', '0') || ' pending files',
        nullif(d.facts ->> 'refused_files', '0') || ' refused files',
        d.facts ->> 'last_error'
    ) AS "Note",
    d.facts
FROM daemons(now()) AS d;
