-- What happens by itself when the configuration of servers and nodes changes.

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
    IF NEW.parameter = 'time_zone' AND NOT is_time_zone(NEW.value) THEN
        RAISE EXCEPTION 'The value [%] of the parameter [%] is not valid', NEW.value, NEW.parameter
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'PostgreSQL knows no such time zone (Europe/Oslo, UTC)';
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
