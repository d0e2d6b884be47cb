-- What happens by itself when backups and restores are registered or deleted.

-- A result that was late may tell of a run that has been made up for since.
-- The first of the later ones is read from the index: a planner without statistics takes them for few, and would sort them all.
CREATE FUNCTION alert_about_backup() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
SET enable_sort = off
AS $$
DECLARE
    better backup_catalog;
BEGIN
    SELECT * INTO better FROM backup_catalog AS b
    WHERE NEW.def_id IS NOT NULL AND b.def_id = NEW.def_id AND b.execution_status = 'SUCCEEDED' AND b.finished > NEW.finished
    ORDER BY b.finished NULLS FIRST LIMIT 1;
    INSERT INTO alerts (
        alert_type, ref_id, bck_id, backup_server_id, pgsql_node_id, dbname, execution_status, error_message, sendto,
        resolved, resolution
    )
    VALUES (
        CASE WHEN NEW.def_id IS NULL THEN 'Snapshot-def' ELSE 'Backup-def' END,
        coalesce(NEW.def_id, NEW.snapshot_id), NEW.bck_id, NEW.backup_server_id, NEW.pgsql_node_id, NEW.dbname,
        NEW.execution_status, NEW.error_message,
        coalesce(get_pgsql_node_config_value(NEW.pgsql_node_id, 'logs_email'), ''),
        CASE WHEN better.bck_id IS NOT NULL THEN now() END,
        CASE WHEN better.bck_id IS NOT NULL THEN backup_made_up_for(better.bck_id, better.execution_status) END
    );
    RETURN NULL;
END;
$$;
CREATE TRIGGER alert_about_backup AFTER INSERT ON backup_catalog
    FOR EACH ROW WHEN (NEW.execution_status IN ('ERROR', 'WARNING')) EXECUTE FUNCTION alert_about_backup();

-- A usable backup ends the alerts about the failures before it, and a good one those about warnings, too.
CREATE FUNCTION resolve_alerts_about_backup() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE alerts AS a
    SET resolved = now(), resolution = backup_made_up_for(NEW.bck_id, NEW.execution_status)
    FROM backup_catalog AS b
    WHERE a.alert_type = 'Backup-def' AND a.ref_id = NEW.def_id AND a.resolved IS NULL
      AND b.bck_id = a.bck_id AND b.bck_id <> NEW.bck_id AND b.finished <= NEW.finished
      AND (a.execution_status = 'ERROR' OR NEW.execution_status = 'SUCCEEDED');
    RETURN NULL;
END;
$$;
CREATE TRIGGER resolve_alerts_about_backup AFTER INSERT ON backup_catalog
    FOR EACH ROW WHEN (NEW.def_id IS NOT NULL AND NEW.execution_status IN ('SUCCEEDED', 'WARNING'))
    EXECUTE FUNCTION resolve_alerts_about_backup();

-- When the newest run of a definition began. Once for a statement: many rows of one definition would else change the same row
-- again and again, each time more slowly.
CREATE FUNCTION note_last_run() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO definition_last_run AS l (def_id, started)
    SELECT n.def_id, max(n.started) FROM new_rows AS n
    WHERE n.def_id IS NOT NULL AND n.started IS NOT NULL
    GROUP BY n.def_id ORDER BY n.def_id
    ON CONFLICT (def_id) DO UPDATE SET started = excluded.started WHERE l.started < excluded.started;
    RETURN NULL;
END;
$$;
CREATE TRIGGER note_last_run AFTER INSERT ON backup_catalog
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_last_run();
CREATE TRIGGER note_last_run AFTER INSERT ON run_in_progress
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_last_run();

CREATE TRIGGER retry_failed_run AFTER INSERT ON backup_catalog
    FOR EACH ROW WHEN (NEW.def_id IS NOT NULL AND NEW.run_uuid IS NOT NULL) EXECUTE FUNCTION retry_failed_run();

-- Control had given a snapshot or restore up, and its result comes after all: the result counts.
CREATE FUNCTION result_of_given_up() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF TG_TABLE_NAME = 'backup_catalog' THEN
        UPDATE snapshot_definition AS s SET status = 'DEFINED', problem = NULL
        WHERE s.snapshot_id = NEW.snapshot_id AND s.status = 'ERROR';
    ELSE
        UPDATE restore_definition AS r SET status = 'DEFINED', error_message = NULL
        WHERE r.restore_def = NEW.restore_def AND r.status = 'ERROR';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER result_of_given_up AFTER INSERT ON backup_catalog
    FOR EACH ROW WHEN (NEW.snapshot_id IS NOT NULL) EXECUTE FUNCTION result_of_given_up();
CREATE TRIGGER result_of_given_up AFTER INSERT ON restore_catalog
    FOR EACH ROW EXECUTE FUNCTION result_of_given_up();

CREATE FUNCTION alert_about_restore() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO alerts (
        alert_type, ref_id, bck_id, backup_server_id, pgsql_node_id, dbname, execution_status, error_message, sendto
    )
    SELECT
        'Restore-def', NEW.restore_def, r.bck_id, NEW.backup_server_id, NEW.target_pgsql_node_id, NEW.target_dbname,
        NEW.execution_status, NEW.error_message,
        coalesce(get_pgsql_node_config_value(NEW.target_pgsql_node_id, 'logs_email'), '')
    FROM restore_definition AS r WHERE r.restore_def = NEW.restore_def;
    RETURN NULL;
END;
$$;
CREATE TRIGGER alert_about_restore AFTER INSERT ON restore_catalog
    FOR EACH ROW WHEN (NEW.execution_status = 'ERROR') EXECUTE FUNCTION alert_about_restore();

-- A result that arrives after its row was deleted must not bring it back.
CREATE FUNCTION remember_deleted_runs() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO deleted_run (run_uuid, bck_id)
    SELECT o.run_uuid, o.bck_id FROM old_rows AS o WHERE o.run_uuid IS NOT NULL
    ON CONFLICT (run_uuid) DO NOTHING;
    RETURN NULL;
END;
$$;
CREATE TRIGGER remember_deleted_runs AFTER DELETE ON backup_catalog
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION remember_deleted_runs();

-- What a backup was outlives its row, for reports.
CREATE FUNCTION remember_past_backups() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO past_backup (
        bck_id, def_id, snapshot_id, backup_server_id, pgsql_node_id, dbname, started, finished, bytes,
        execution_status, error_message
    )
    SELECT
        o.bck_id, o.def_id, o.snapshot_id, o.backup_server_id, o.pgsql_node_id, o.dbname, o.started,
        coalesce(o.finished, o.registered),
        coalesce(o.pg_dump_file_size, 0) + coalesce(o.pg_dump_roles_file_size, 0)
        + coalesce(o.pg_dump_dbconfig_file_size, 0),
        o.execution_status, left(o.error_message, 500)
    FROM old_rows AS o
    ON CONFLICT (bck_id) DO NOTHING;
    RETURN NULL;
END;
$$;
CREATE TRIGGER remember_past_backups AFTER DELETE ON backup_catalog
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION remember_past_backups();

CREATE FUNCTION keep_restore_log_to_delete() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO restore_logs_to_delete (backup_server_id, restore_log_file)
    VALUES (OLD.backup_server_id, OLD.restore_log_file);
    RETURN NULL;
END;
$$;
CREATE TRIGGER keep_restore_log_to_delete AFTER DELETE ON restore_catalog
    FOR EACH ROW WHEN (OLD.restore_log_file IS NOT NULL) EXECUTE FUNCTION keep_restore_log_to_delete();
