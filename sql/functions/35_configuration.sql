-- Changing the configuration of servers and nodes: all parameters of a call, or none.

CREATE FUNCTION set_backup_server_config(server integer, parameters text[], new_values text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    unknown text;
BEGIN
    IF NOT EXISTS (SELECT FROM backup_server AS s WHERE s.server_id = server) THEN
        RAISE EXCEPTION 'Backup server with SrvID: % does not exist', server USING ERRCODE = 'no_data_found';
    END IF;
    -- A release of PostgreSQL that came after this catalogue has a directory, too.
    INSERT INTO backup_server_config (server_id, parameter, value, description)
    SELECT server, given, '', 'Client programs of PostgreSQL ' || substr(given, length('pgsql_bin_') + 1)
    FROM unnest(parameters) AS given
    WHERE given ~ '^pgsql_bin_[1-9][0-9]{1,2}$'
    ON CONFLICT (server_id, parameter) DO NOTHING;
    SELECT given INTO unknown
    FROM unnest(parameters) AS given
    WHERE NOT EXISTS (SELECT FROM backup_server_config AS c WHERE c.server_id = server AND c.parameter = given);
    IF FOUND THEN
        RAISE EXCEPTION 'The parameter [%] does not exist', unknown
            USING ERRCODE = 'invalid_parameter_value', DETAIL = (
                SELECT 'Parameters of a backup server: ' || string_agg(c.parameter, ', ' ORDER BY c.parameter)
                FROM backup_server_config AS c WHERE c.server_id = server
            );
    END IF;
    UPDATE backup_server_config AS c SET value = given.value
    FROM unnest(parameters, new_values) AS given (parameter, value)
    WHERE c.server_id = server AND c.parameter = given.parameter AND c.value <> given.value;
END;
$$;

CREATE FUNCTION set_pgsql_node_config(node bigint, parameters text[], new_values text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    unknown text;
BEGIN
    IF NOT EXISTS (SELECT FROM pgsql_node AS n WHERE n.node_id = node) THEN
        RAISE EXCEPTION 'PgSQL node with NodeID: % does not exist', node USING ERRCODE = 'no_data_found';
    END IF;
    SELECT given INTO unknown
    FROM unnest(parameters) AS given
    WHERE NOT EXISTS (SELECT FROM pgsql_node_config AS c WHERE c.node_id = node AND c.parameter = given);
    IF FOUND THEN
        RAISE EXCEPTION 'The parameter [%] does not exist', unknown
            USING ERRCODE = 'invalid_parameter_value', DETAIL = (
                SELECT 'Parameters of a PgSQL node: ' || string_agg(c.parameter, ', ' ORDER BY c.parameter)
                FROM pgsql_node_config AS c WHERE c.node_id = node
            );
    END IF;
    UPDATE pgsql_node_config AS c SET value = given.value
    FROM unnest(parameters, new_values) AS given (parameter, value)
    WHERE c.node_id = node AND c.parameter = given.parameter AND c.value <> given.value;
END;
$$;

-- Whether a parameter of a node can have a value; NULL if so, otherwise what is allowed. Cron fields and intervals of
-- them are checked by the programs, which know how cron reads them.
CREATE FUNCTION node_parameter_problem(parameter text, value text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    -- Every value may end up in a crontab, where a line break would be a new job (trap 16).
    IF value ~ '[[:cntrl:]]' THEN
        RETURN 'no control characters are allowed';
    END IF;
    RETURN CASE
        WHEN parameter IN ('retention_period', 'automatic_deletion_retention')
            -- PostgreSQL reads a bare number as seconds, which nobody means.
            AND (value ~ '^[0-9.\s]*$' OR coalesce(interval_or_null(value) < interval '0', true))
            THEN 'an interval with its unit that is not negative is expected, as in 7 days'
        WHEN parameter = 'retention_redundancy' AND (value !~ '^[0-9]{1,9}$')
            THEN 'a whole number from 0 is expected'
        WHEN parameter = 'pgport' AND (value !~ '^[0-9]{1,5}$' OR value::integer NOT BETWEEN 1 AND 65535)
            THEN 'a number from 1 to 65535 is expected'
        WHEN parameter = 'encryption' AND value <> 'false'
            THEN 'only false is possible: backups cannot be encrypted yet'
        WHEN parameter = 'pgsql_node_status' AND NOT EXISTS (SELECT FROM server_status AS s WHERE s.code = value)
            THEN (SELECT 'allowed: ' || string_agg(s.code, ', ' ORDER BY s.code) FROM server_status AS s)
        WHEN parameter = 'backup_job_status' AND value NOT IN ('ACTIVE', 'STOPPED')
            THEN 'allowed: ACTIVE, STOPPED'
        WHEN parameter = 'backup_code'
            AND NOT EXISTS (SELECT FROM backup_code AS b WHERE b.code = value AND b.code <> 'CONFIG')
            THEN (SELECT 'allowed: ' || string_agg(b.code, ', ' ORDER BY b.code) FROM backup_code AS b
                  WHERE b.code <> 'CONFIG')
        WHEN parameter IN ('pgnode_backup_partition', 'pgnode_crontab_file') AND value !~ '^/[^/]'
            THEN 'an absolute path is expected'
    END;
END;
$$;
