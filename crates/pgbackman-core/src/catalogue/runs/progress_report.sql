UPDATE run_in_progress AS r
SET phase = $2,
    bytes_done = $3,
    bytes_expected = $4,
    objects_done = $5,
    objects_total = $6,
    reported = now()
WHERE r.run_uuid = $1
RETURNING r.cancel_requested, r.cancelled_by
