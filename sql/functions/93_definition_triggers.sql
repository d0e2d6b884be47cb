-- What happens by itself when definitions change. Notifications carry no data.

-- What no program may write, whoever connects. Old rows that break a rule stay, and can be moved, stopped and deleted.
CREATE FUNCTION check_backup_definition() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    problem CONSTANT text := CASE
        WHEN concat_ws('', NEW.minutes_cron, NEW.hours_cron, NEW.day_month_cron, NEW.month_cron, NEW.weekday_cron)
            ~ '[[:cntrl:][:space:]]' OR '' IN (
                NEW.minutes_cron, NEW.hours_cron, NEW.day_month_cron, NEW.month_cron, NEW.weekday_cron
            ) THEN 'a cron field is a word without spaces and control characters'
        WHEN NEW.retention_redundancy < 0 OR NEW.retention_period < interval '0'
            THEN 'retention period and redundancy cannot be negative'
        WHEN least(NEW.keep_daily, NEW.keep_weekly, NEW.keep_monthly, NEW.keep_yearly) < 0
            THEN 'the number of daily, weekly, monthly or yearly backups to keep cannot be negative'
        WHEN TG_OP = 'INSERT' AND NEW.encryption
            THEN 'backups cannot be encrypted yet (encryption true)'
        WHEN TG_OP = 'INSERT' AND NEW.backup_code = 'CONFIG'
            THEN 'the backup code CONFIG is not available'
        WHEN TG_OP = 'INSERT' AND NEW.dbname = '' AND NEW.backup_code <> 'CLUSTER'
            THEN 'only a definition with the backup code CLUSTER has no database'
    END;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'The backup definition is not valid: %', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER check_backup_definition
    BEFORE INSERT OR UPDATE OF
        minutes_cron, hours_cron, day_month_cron, month_cron, weekday_cron, retention_period, retention_redundancy,
        keep_daily, keep_weekly, keep_monthly, keep_yearly
    ON backup_definition
    FOR EACH ROW EXECUTE FUNCTION check_backup_definition();

-- An operator's update; what the programs note (datoid, problem) is none.
CREATE FUNCTION set_backup_definition_registered() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.registered := now();
    RETURN NEW;
END;
$$;
CREATE TRIGGER set_backup_definition_registered
    BEFORE UPDATE OF
        backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, day_month_cron, month_cron, weekday_cron,
        backup_code, encryption, retention_period, retention_redundancy, extra_backup_parameters, job_status, remarks,
        keep_daily, keep_weekly, keep_monthly, keep_yearly
    ON backup_definition
    FOR EACH ROW EXECUTE FUNCTION set_backup_definition_registered();

-- One queue entry and one notification per server and node, however many definitions a statement makes or deletes.
CREATE FUNCTION queue_definitions() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM enqueue_jobs(array_agg(d.backup_server_id), array_agg(d.pgsql_node_id::bigint))
    FROM (SELECT DISTINCT r.backup_server_id, r.pgsql_node_id FROM these_rows AS r) AS d;
    RETURN NULL;
END;
$$;
CREATE TRIGGER queue_new_definitions AFTER INSERT ON backup_definition
    REFERENCING NEW TABLE AS these_rows
    FOR EACH STATEMENT EXECUTE FUNCTION queue_definitions();
CREATE TRIGGER queue_deleted_definitions AFTER DELETE ON backup_definition
    REFERENCING OLD TABLE AS these_rows
    FOR EACH STATEMENT EXECUTE FUNCTION queue_definitions();

-- A moved definition concerns both servers. What the programs note queues nothing: control would wake itself.
CREATE FUNCTION queue_changed_definitions() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM enqueue_jobs(array_agg(d.backup_server_id), array_agg(d.pgsql_node_id::bigint))
    FROM (
        SELECT DISTINCT side.backup_server_id, side.pgsql_node_id
        FROM old_rows AS o
        JOIN new_rows AS n USING (def_id)
        CROSS JOIN LATERAL (
            VALUES (o.backup_server_id, o.pgsql_node_id), (n.backup_server_id, n.pgsql_node_id)
        ) AS side (backup_server_id, pgsql_node_id)
        WHERE (
            o.registered, o.backup_server_id, o.pgsql_node_id, o.dbname, o.minutes_cron, o.hours_cron,
            o.day_month_cron, o.month_cron, o.weekday_cron, o.backup_code, o.encryption, o.retention_period,
            o.retention_redundancy, o.extra_backup_parameters, o.job_status, o.remarks
        ) IS DISTINCT FROM (
            n.registered, n.backup_server_id, n.pgsql_node_id, n.dbname, n.minutes_cron, n.hours_cron,
            n.day_month_cron, n.month_cron, n.weekday_cron, n.backup_code, n.encryption, n.retention_period,
            n.retention_redundancy, n.extra_backup_parameters, n.job_status, n.remarks
        )
    ) AS d;
    RETURN NULL;
END;
$$;
CREATE TRIGGER queue_changed_definitions AFTER UPDATE ON backup_definition
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION queue_changed_definitions();

-- Sends a notification on the channel that the trigger names.
CREATE FUNCTION tell() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], '');
    RETURN NULL;
END;
$$;
-- A deleted one leaves the queue of at by the same comparison.
CREATE TRIGGER tell_snapshot_defined AFTER INSERT OR DELETE ON snapshot_definition
    FOR EACH STATEMENT EXECUTE FUNCTION tell('channel_snapshot_defined');
CREATE TRIGGER drop_retries AFTER UPDATE OF job_status ON backup_definition
    FOR EACH ROW WHEN (NEW.job_status <> 'ACTIVE') EXECUTE FUNCTION drop_retries();
CREATE TRIGGER tell_snapshot_defined AFTER INSERT OR DELETE ON requested_run
    FOR EACH STATEMENT EXECUTE FUNCTION tell('channel_snapshot_defined');
CREATE TRIGGER tell_restore_defined AFTER INSERT OR DELETE ON restore_definition
    FOR EACH STATEMENT EXECUTE FUNCTION tell('channel_restore_defined');
