SELECT
    r.restore_def, r.status, nullif(r.error_message, '') AS problem,
    CASE WHEN p.run_uuid IS NOT NULL THEN concat_ws(', ', coalesce(p.phase, 'starting'), p.objects_done || ' of ' || p.objects_total || ' objects') END
        AS phase,
    c.restore_id, c.execution_status, c.error_message
FROM restore_definition AS r
LEFT JOIN run_in_progress AS p ON p.restore_def = r.restore_def
LEFT JOIN LATERAL (
    SELECT one.* FROM restore_catalog AS one WHERE one.restore_def = r.restore_def ORDER BY one.restore_id DESC LIMIT 1
) AS c ON true
WHERE r.restore_def = $1::bigint OR ($1 IS NULL AND r.restore_def = (SELECT max(n.restore_def) FROM restore_definition AS n))
