-- Looking things up by ID or name; for the programs and for operators' scripts. NULL where there is nothing.

CREATE FUNCTION get_backup_server_fqdn(id integer) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT s.fqdn FROM backup_server AS s WHERE s.server_id = id;
$$;

CREATE FUNCTION get_backup_server_id(name text) RETURNS integer
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT s.server_id FROM backup_server AS s WHERE lower(s.fqdn) = lower(name);
$$;

CREATE FUNCTION get_pgsql_node_fqdn(id bigint) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT n.fqdn FROM pgsql_node AS n WHERE n.node_id = id;
$$;

-- By FQDN or fqdn:port, where an address of IPv6 may stand in brackets ([::1]:5432). Two nodes may share an FQDN (trap 15b): the name alone is then refused.
CREATE FUNCTION get_pgsql_node_id(name text) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT
SET search_path = public, pg_temp
AS $$
DECLARE
    found bigint[];
BEGIN
    SELECT array_agg(n.node_id ORDER BY n.node_id) INTO found
    FROM pgsql_node AS n
    WHERE name IN (n.fqdn, n.fqdn || ':' || n.pgport)
       OR (left(n.fqdn, 1) <> '/' AND lower(name) IN (lower(n.fqdn), lower(n.fqdn) || ':' || n.pgport,
               '[' || lower(n.fqdn) || ']', '[' || lower(n.fqdn) || ']:' || n.pgport));
    IF cardinality(found) > 1 THEN
        RAISE EXCEPTION 'PgSQL node [%] is ambiguous', name
            USING ERRCODE = 'cardinality_violation', DETAIL = format('NodeIDs with this name: %s', found),
                  HINT = 'Name it as fqdn:port.';
    END IF;
    RETURN found[1];
END;
$$;

CREATE FUNCTION get_pgsql_node_port(id bigint) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT n.pgport::text FROM pgsql_node AS n WHERE n.node_id = id;
$$;

CREATE FUNCTION get_pgsql_node_admin_user(id bigint) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT n.admin_user FROM pgsql_node AS n WHERE n.node_id = id;
$$;

CREATE FUNCTION get_default_backup_server_parameter(name text) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT d.value FROM backup_server_default_config AS d WHERE d.parameter = name;
$$;

CREATE FUNCTION get_default_pgsql_node_parameter(name text) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT d.value FROM pgsql_node_default_config AS d WHERE d.parameter = name;
$$;

CREATE FUNCTION get_backup_server_config_value(id integer, name text) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT c.value FROM backup_server_config AS c WHERE c.server_id = id AND c.parameter = name;
$$;

CREATE FUNCTION get_pgsql_node_config_value(id bigint, name text) RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = public, pg_temp
AS $$
    SELECT c.value FROM pgsql_node_config AS c WHERE c.node_id = id AND c.parameter = name;
$$;

-- The channels that the control daemon of a backup server listens to.
CREATE FUNCTION get_listen_channel_names(server integer) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT unnest(ARRAY[
        'channel_pgsql_node_running', 'channel_pgsql_node_stopped', 'channel_pgsql_node_deleted',
        'channel_snapshot_defined', 'channel_restore_defined'
    ])
    UNION ALL
    SELECT 'channel_bs' || server || '_pg' || n.node_id FROM pgsql_node AS n WHERE n.status = 'RUNNING';
$$;

-- Whether PostgreSQL knows a time zone.
CREATE FUNCTION is_time_zone(value text) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    RETURN timezone(value, timestamptz 'epoch') IS NOT NULL;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END;
$$;

-- NULL where a text is no interval.
CREATE FUNCTION interval_or_null(value text) RETURNS interval
LANGUAGE plpgsql STABLE STRICT
SET search_path = public, pg_temp
AS $$
BEGIN
    RETURN value::interval;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR interval_field_overflow THEN
    RETURN NULL;
END;
$$;
