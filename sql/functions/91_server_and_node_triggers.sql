-- What happens by itself when servers and nodes change. Notifications carry no data.

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

-- Since when a node has its status.
CREATE FUNCTION note_pgsql_node_status() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.status_since := now();
    RETURN NEW;
END;
$$;
-- Whoever makes a node RUNNING ends its maintenance window.
CREATE FUNCTION end_window_of_running_node() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    NEW.window_until := NULL;
    NEW.window_reason := NULL;
    RETURN NEW;
END;
$$;
CREATE TRIGGER end_window_of_running_node BEFORE UPDATE OF status ON pgsql_node
    FOR EACH ROW WHEN (NEW.status = 'RUNNING' AND OLD.window_until IS NOT NULL) EXECUTE FUNCTION end_window_of_running_node();
CREATE TRIGGER note_pgsql_node_status BEFORE UPDATE OF status ON pgsql_node
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_pgsql_node_status();

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
    -- Control clears the node's directory; the files must be gone before.
    IF EXISTS (SELECT FROM catalog_entries_to_delete AS e WHERE e.pgsql_node_id = OLD.node_id) THEN
        RAISE EXCEPTION 'Files of deleted backups of the PgSQL node with NodeID: % are not deleted yet', OLD.node_id
            USING ERRCODE = 'object_in_use',
                  HINT = 'pgbackman_maintenance deletes them on the backup servers that have them.';
    END IF;
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
