-- Backups that a restore needs, and until when: one that waits or runs for as long as it does; one that was given to at
-- and has not reported counts as lost 30 days after its time.
CREATE VIEW needed_by_restores AS
SELECT
    r.bck_id, r.restore_def,
    CASE
        WHEN r.status = 'WAITING' OR EXISTS (SELECT FROM run_in_progress AS p WHERE p.restore_def = r.restore_def)
            THEN timestamptz 'infinity'
        ELSE r.at_time + interval '30 days'
    END AS until
FROM restore_definition AS r
WHERE r.status = 'WAITING'
   OR EXISTS (SELECT FROM run_in_progress AS p WHERE p.restore_def = r.restore_def)
   OR (r.status = 'DEFINED' AND NOT EXISTS (SELECT FROM restore_catalog AS c WHERE c.restore_def = r.restore_def));
