-- What happens by itself when a table changes. Notifications carry no data.

-- Backup servers ---------------------------------------------------------------------------------------------------

CREATE FUNCTION give_backup_server_configuration() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO backup_server_config (server_id, parameter, value, description)
    SELECT NEW.server_id, d.parameter, d.value, d.description FROM backup_server_default_config AS d;
    RETURN NULL;
END;
$$;
CREATE TRIGGER give_backup_server_configuration AFTER INSERT ON backup_server
    FOR EACH ROW EXECUTE FUNCTION give_backup_server_configuration();

-- What belongs to a server alone goes with it; what must keep it from going (definitions, backups) refuses later.
CREATE FUNCTION clear_backup_server() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM backup_server_config WHERE server_id = OLD.server_id;
    DELETE FROM job_queue WHERE backup_server_id = OLD.server_id;
    DELETE FROM pgsql_node_to_delete WHERE backup_server_id = OLD.server_id;
    RETURN OLD;
END;
$$;
CREATE TRIGGER clear_backup_server BEFORE DELETE ON backup_server
    FOR EACH ROW EXECUTE FUNCTION clear_backup_server();

-- Nodes ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION give_pgsql_node_configuration() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO pgsql_node_config (node_id, parameter, value, description)
    SELECT NEW.node_id, d.parameter, replace(d.value, '%%pgnode%%', NEW.node_id::text), d.description
    FROM pgsql_node_default_config AS d;
    RETURN NULL;
END;
$$;
CREATE TRIGGER give_pgsql_node_configuration AFTER INSERT ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION give_pgsql_node_configuration();

CREATE FUNCTION tell_pgsql_node_status() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.status = 'STOPPED' THEN
        INSERT INTO pgsql_node_stopped (pgsql_node_id) VALUES (NEW.node_id) ON CONFLICT (pgsql_node_id) DO NOTHING;
        PERFORM pg_notify('channel_pgsql_node_stopped', '');
    ELSE
        DELETE FROM pgsql_node_stopped WHERE pgsql_node_id = NEW.node_id;
        PERFORM pg_notify('channel_pgsql_node_running', '');
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER tell_pgsql_node_status
    AFTER INSERT OR UPDATE OF hostname, domain_name, pgport, admin_user, status, remarks ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION tell_pgsql_node_status();

-- Crontab lines contain name, port and user of the node: the queue makes their change durable.
CREATE FUNCTION queue_pgsql_node_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM enqueue_jobs(array_agg(d.backup_server_id), array_agg(NEW.node_id))
    FROM (SELECT DISTINCT backup_server_id FROM backup_definition WHERE pgsql_node_id = NEW.node_id) AS d;
    RETURN NULL;
END;
$$;
CREATE TRIGGER queue_pgsql_node_change AFTER UPDATE ON pgsql_node
    FOR EACH ROW WHEN (
        (OLD.hostname, OLD.domain_name, OLD.pgport, OLD.admin_user, OLD.status)
        IS DISTINCT FROM (NEW.hostname, NEW.domain_name, NEW.pgport, NEW.admin_user, NEW.status)
    ) EXECUTE FUNCTION queue_pgsql_node_change();

-- Every backup server has to clean up after a node, and needs to know where.
CREATE FUNCTION clear_pgsql_node() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO pgsql_node_to_delete (
        backup_server_id, pgsql_node_id, pgsql_node_fqdn, pgnode_crontab_file, pgnode_backup_partition,
        former_backup_partitions
    )
    SELECT
        s.server_id, OLD.node_id, OLD.fqdn,
        get_pgsql_node_config_value(OLD.node_id, 'pgnode_crontab_file'),
        get_pgsql_node_config_value(OLD.node_id, 'pgnode_backup_partition'),
        ARRAY (SELECT f.path FROM former_backup_directory AS f WHERE f.pgsql_node_id = OLD.node_id ORDER BY f.path)
    FROM backup_server AS s
    ON CONFLICT (backup_server_id, pgsql_node_id) DO NOTHING;

    DELETE FROM pgsql_node_config WHERE node_id = OLD.node_id;
    DELETE FROM pgsql_node_stopped WHERE pgsql_node_id = OLD.node_id;
    DELETE FROM job_queue WHERE pgsql_node_id = OLD.node_id;
    RETURN OLD;
END;
$$;
CREATE TRIGGER clear_pgsql_node BEFORE DELETE ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION clear_pgsql_node();

CREATE FUNCTION tell_pgsql_node_deleted() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('channel_pgsql_node_deleted', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER tell_pgsql_node_deleted AFTER DELETE ON pgsql_node
    FOR EACH ROW EXECUTE FUNCTION tell_pgsql_node_deleted();

-- Configuration ----------------------------------------------------------------------------------------------------

CREATE FUNCTION check_pgsql_node_config() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    problem CONSTANT text := node_parameter_problem(NEW.parameter, NEW.value);
    other bigint;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'The value [%] of the parameter [%] is not valid', NEW.value, NEW.parameter
            USING ERRCODE = 'invalid_parameter_value', DETAIL = problem;
    END IF;
    IF NEW.parameter = 'pgnode_crontab_file' THEN
        SELECT c.node_id INTO other FROM pgsql_node_config AS c
        WHERE c.parameter = NEW.parameter AND c.value = NEW.value AND c.node_id <> NEW.node_id;
        IF FOUND THEN
            RAISE EXCEPTION 'The crontab file [%] is that of another PgSQL node', NEW.value
                USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It belongs to NodeID: %s', other);
        END IF;
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER check_pgsql_node_config BEFORE UPDATE OF value ON pgsql_node_config
    FOR EACH ROW EXECUTE FUNCTION check_pgsql_node_config();

CREATE FUNCTION check_backup_server_config() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.value ~ '[[:cntrl:]]' OR (NEW.parameter = 'root_backup_partition' AND NEW.value !~ '^/[^/]') THEN
        RAISE EXCEPTION 'The value [%] of the parameter [%] is not valid', NEW.value, NEW.parameter
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'no control characters are allowed, and a directory is an absolute path';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER check_backup_server_config BEFORE UPDATE OF value ON backup_server_config
    FOR EACH ROW EXECUTE FUNCTION check_backup_server_config();

-- A path that is configured no longer is remembered until somebody has cleaned it up.
CREATE FUNCTION remember_former_path() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.parameter = 'pgnode_backup_partition' THEN
        DELETE FROM former_backup_directory WHERE pgsql_node_id = NEW.node_id AND path = NEW.value;
        INSERT INTO former_backup_directory (pgsql_node_id, path) VALUES (NEW.node_id, OLD.value)
        ON CONFLICT (pgsql_node_id, path) DO NOTHING;
    ELSE
        -- Only this node's: a former file of another node under this path has still to go, and tells by its header
        -- whose it is.
        DELETE FROM former_crontab_file WHERE pgsql_node_id = NEW.node_id AND path = NEW.value;
        INSERT INTO former_crontab_file (backup_server_id, pgsql_node_id, path)
        SELECT s.server_id, NEW.node_id, OLD.value FROM backup_server AS s
        ON CONFLICT (backup_server_id, pgsql_node_id, path) DO NOTHING;
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER remember_former_path AFTER UPDATE OF value ON pgsql_node_config
    FOR EACH ROW WHEN (
        NEW.parameter IN ('pgnode_backup_partition', 'pgnode_crontab_file') AND NEW.value IS DISTINCT FROM OLD.value
    ) EXECUTE FUNCTION remember_former_path();

-- Caches and crontabs follow the configuration: of a node on every server, of a server for every node.
CREATE FUNCTION queue_pgsql_node_config_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM enqueue_jobs(array_agg(s.server_id), array_agg(changed.node_id))
    FROM (SELECT DISTINCT c.node_id FROM new_rows AS c) AS changed CROSS JOIN backup_server AS s;
    RETURN NULL;
END;
$$;
CREATE TRIGGER queue_pgsql_node_config_change AFTER UPDATE ON pgsql_node_config
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION queue_pgsql_node_config_change();

CREATE FUNCTION queue_backup_server_config_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM enqueue_jobs(array_agg(changed.server_id), array_agg(n.node_id))
    FROM (SELECT DISTINCT c.server_id FROM new_rows AS c) AS changed CROSS JOIN pgsql_node AS n;
    RETURN NULL;
END;
$$;
CREATE TRIGGER queue_backup_server_config_change AFTER UPDATE ON backup_server_config
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION queue_backup_server_config_change();

-- Backup definitions -----------------------------------------------------------------------------------------------

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
        minutes_cron, hours_cron, day_month_cron, month_cron, weekday_cron, retention_period, retention_redundancy
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
        backup_code, encryption, retention_period, retention_redundancy, extra_backup_parameters, job_status, remarks
    ON backup_definition
    FOR EACH ROW EXECUTE FUNCTION set_backup_definition_registered();

-- One queue entry and one notification per server and node, however many definitions a statement changes.
CREATE FUNCTION queue_new_definitions() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM enqueue_jobs(array_agg(d.backup_server_id), array_agg(d.pgsql_node_id::bigint))
    FROM (SELECT DISTINCT n.backup_server_id, n.pgsql_node_id FROM new_rows AS n) AS d;
    RETURN NULL;
END;
$$;
CREATE TRIGGER queue_new_definitions AFTER INSERT ON backup_definition
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION queue_new_definitions();

CREATE FUNCTION queue_deleted_definitions() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM enqueue_jobs(array_agg(d.backup_server_id), array_agg(d.pgsql_node_id::bigint))
    FROM (SELECT DISTINCT o.backup_server_id, o.pgsql_node_id FROM old_rows AS o) AS d;
    RETURN NULL;
END;
$$;
CREATE TRIGGER queue_deleted_definitions AFTER DELETE ON backup_definition
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION queue_deleted_definitions();

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

-- Snapshots and restores -------------------------------------------------------------------------------------------

CREATE FUNCTION tell_snapshot_defined() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('channel_snapshot_defined', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER tell_snapshot_defined AFTER INSERT ON snapshot_definition
    FOR EACH STATEMENT EXECUTE FUNCTION tell_snapshot_defined();

CREATE FUNCTION tell_restore_defined() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('channel_restore_defined', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER tell_restore_defined AFTER INSERT ON restore_definition
    FOR EACH STATEMENT EXECUTE FUNCTION tell_restore_defined();

-- Backups and restores that ran --------------------------------------------------------------------------------------

CREATE FUNCTION alert_about_backup() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO alerts (
        alert_type, ref_id, bck_id, backup_server_id, pgsql_node_id, dbname, execution_status, error_message, sendto
    )
    VALUES (
        CASE WHEN NEW.def_id IS NULL THEN 'Snapshot-def' ELSE 'Backup-def' END,
        coalesce(NEW.def_id, NEW.snapshot_id), NEW.bck_id, NEW.backup_server_id, NEW.pgsql_node_id, NEW.dbname,
        NEW.execution_status, NEW.error_message,
        coalesce(get_pgsql_node_config_value(NEW.pgsql_node_id, 'logs_email'), '')
    );
    RETURN NULL;
END;
$$;
CREATE TRIGGER alert_about_backup AFTER INSERT ON backup_catalog
    FOR EACH ROW WHEN (NEW.execution_status = 'ERROR') EXECUTE FUNCTION alert_about_backup();

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
