-- Registering, changing and deleting backup servers and nodes.

-- Whether a host name takes no domain: a socket directory, a name that ends in a dot, an IP address.
CREATE FUNCTION takes_no_domain(hostname text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = public, pg_temp
AS $$
BEGIN
    IF hostname LIKE '/%' OR hostname LIKE '%.' THEN
        RETURN true;
    END IF;
    RETURN hostname !~ '/' AND hostname::inet IS NOT NULL;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN false;
END;
$$;

-- A host name as it is stored: lower case but for a socket directory.
CREATE FUNCTION stored_hostname(hostname text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF coalesce(hostname, '') IN ('', '.') OR hostname ~ '[[:cntrl:]]' THEN
        RAISE EXCEPTION 'The hostname [%] is not valid', hostname USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN CASE WHEN hostname LIKE '/%' THEN hostname ELSE lower(hostname) END;
END;
$$;

CREATE FUNCTION stored_domain(hostname text, domain_name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF domain_name ~ '[[:cntrl:]]' THEN
        RAISE EXCEPTION 'The domain [%] is not valid', domain_name USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN CASE WHEN takes_no_domain(hostname) THEN '' ELSE lower(coalesce(domain_name, '')) END;
END;
$$;

-- RUNNING or STOPPED, in any case; DOWN is another word for STOPPED. What is unknown is left to the foreign key.
CREATE FUNCTION stored_server_status(status text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT CASE WHEN upper(status) = 'DOWN' THEN 'STOPPED' ELSE upper(status) END;
$$;

CREATE FUNCTION register_backup_server(hostname text, domain_name text, status text, remarks text) RETURNS integer
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO backup_server (hostname, domain_name, status, remarks)
    VALUES (stored_hostname(hostname), stored_domain(hostname, domain_name), stored_server_status(status), remarks)
    RETURNING server_id;
$$;

CREATE FUNCTION update_backup_server(server integer, new_remarks text) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE backup_server AS s SET remarks = new_remarks WHERE s.server_id = server;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup server with SrvID: % does not exist', server USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

CREATE FUNCTION delete_backup_server(server integer) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM backup_server AS s WHERE s.server_id = server;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup server with SrvID: % does not exist', server USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

CREATE FUNCTION check_port(port integer) RETURNS integer
LANGUAGE plpgsql IMMUTABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF port BETWEEN 1 AND 65535 THEN
        RETURN port;
    END IF;
    RAISE EXCEPTION 'The port [%] is not valid', port
        USING ERRCODE = 'invalid_parameter_value', HINT = 'A port is a number from 1 to 65535.';
END;
$$;

CREATE FUNCTION register_pgsql_node(
    hostname text, domain_name text, port integer, admin_user text, status text, remarks text
) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO pgsql_node (hostname, domain_name, pgport, admin_user, status, remarks)
    VALUES (
        stored_hostname(hostname), stored_domain(hostname, domain_name), check_port(port), admin_user,
        stored_server_status(status), remarks
    )
    RETURNING node_id;
$$;

CREATE FUNCTION update_pgsql_node(
    node bigint, new_port integer, new_admin_user text, new_status text, new_remarks text
) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE pgsql_node AS n
    SET pgport = check_port(new_port), admin_user = new_admin_user, status = stored_server_status(new_status),
        remarks = new_remarks
    WHERE n.node_id = node;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'PgSQL node with NodeID: % does not exist', node USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

CREATE FUNCTION delete_pgsql_node(node bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM pgsql_node AS n WHERE n.node_id = node;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'PgSQL node with NodeID: % does not exist', node USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

-- A backup server has cleaned up after a deleted node.
CREATE FUNCTION delete_pgsql_node_to_delete(server integer, node bigint) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    DELETE FROM pgsql_node_to_delete WHERE backup_server_id = server AND pgsql_node_id = node;
$$;
