SELECT r.run_uuid, r.def_id, r.snapshot_id, r.restore_def, s.fqdn, r.reported, r.cancel_requested, r.cancelled_by
FROM run_in_progress AS r
JOIN backup_server AS s ON s.server_id = r.backup_server_id
WHERE r.run_id = $1
