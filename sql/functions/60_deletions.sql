-- What maintenance has done.

CREATE FUNCTION delete_catalog_entries_to_delete(id bigint) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    DELETE FROM catalog_entries_to_delete WHERE del_id = id;
$$;

CREATE FUNCTION delete_restore_logs_to_delete(id bigint) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    DELETE FROM restore_logs_to_delete WHERE del_id = id;
$$;

-- The files of an orphaned result are gone; a late copy of it does not bring it back.
CREATE FUNCTION delete_orphaned_result(id bigint) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    WITH gone AS (DELETE FROM orphaned_result WHERE orphan_id = id RETURNING run_uuid)
    INSERT INTO deleted_run (run_uuid) SELECT run_uuid FROM gone ON CONFLICT (run_uuid) DO NOTHING;
$$;

-- Forgets runs that were deleted before a time, and what their backups were.
CREATE FUNCTION forget_deleted_runs(before timestamptz) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    forgotten bigint;
BEGIN
    DELETE FROM deleted_run WHERE deleted < before;
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    DELETE FROM past_backup WHERE deleted < before;
    RETURN forgotten;
END;
$$;

CREATE FUNCTION update_alert_sent(alert bigint, sent boolean) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE alerts SET alert_sent = sent WHERE alert_id = alert;
$$;

CREATE FUNCTION delete_alert(alert bigint) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    DELETE FROM alerts WHERE alert_id = alert;
$$;
