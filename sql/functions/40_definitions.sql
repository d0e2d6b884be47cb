-- Backup definitions. Triggers (93_definition_triggers.sql) check, queue and notify.

-- The form of 1.x for operators' scripts: one definition. Cron's syntax is not checked here.
CREATE FUNCTION register_backup_definition(
    server integer, node bigint, dbname text,
    minutes text, hours text, day_month text, month text, weekday text,
    code text, encryption boolean, retention_period interval, retention_redundancy integer,
    extra_parameters text, job_status text, remarks text
) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO backup_definition (
        backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, day_month_cron, month_cron, weekday_cron,
        backup_code, encryption, retention_period, retention_redundancy, extra_backup_parameters, job_status, remarks
    )
    VALUES (
        server, node, dbname, minutes, hours, day_month, month, weekday,
        upper(code), encryption, retention_period, retention_redundancy, extra_parameters, upper(job_status), remarks
    )
    RETURNING def_id;
$$;

CREATE FUNCTION update_backup_definition(
    definition bigint, minutes text, hours text, day_month text, month text, weekday text,
    new_retention_period interval, new_retention_redundancy integer, extra_parameters text, new_job_status text,
    new_remarks text
) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE backup_definition AS d
    SET minutes_cron = minutes, hours_cron = hours, day_month_cron = day_month, month_cron = month,
        weekday_cron = weekday, retention_period = new_retention_period,
        retention_redundancy = new_retention_redundancy, extra_backup_parameters = extra_parameters,
        job_status = upper(new_job_status), remarks = new_remarks
    WHERE d.def_id = definition;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup definition with DefID: % does not exist', definition USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

-- Stops a definition, whatever else is stored of it: old rows may hold what no program writes any more.
CREATE FUNCTION stop_backup_definition(definition bigint, new_remarks text) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE backup_definition AS d SET job_status = 'STOPPED', remarks = new_remarks WHERE d.def_id = definition;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup definition with DefID: % does not exist', definition USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

-- Moves the definitions of a server that match; NULL does not restrict.
CREATE FUNCTION move_backup_definitions(
    from_server integer, to_server integer, nodes bigint[], dbnames text[], definitions bigint[]
) RETURNS SETOF bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE backup_definition AS d SET backup_server_id = to_server
    WHERE d.backup_server_id = from_server AND from_server <> to_server
      AND (nodes IS NULL OR d.pgsql_node_id = ANY (nodes))
      AND (dbnames IS NULL OR d.dbname = ANY (dbnames))
      AND (definitions IS NULL OR d.def_id = ANY (definitions))
    RETURNING d.def_id;
$$;

-- The foreign keys of backup_catalog and run_in_progress refuse while there are backups or a run of it.
CREATE FUNCTION delete_backup_definition_id(definition bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM backup_definition AS d WHERE d.def_id = definition;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup definition with DefID: % does not exist', definition USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;

-- Restores that wait or run and need a backup of these definitions.
CREATE FUNCTION restores_that_keep_definitions(definitions bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT n.restore_def
    FROM needed_by_restores AS n
    JOIN backup_catalog AS c ON c.bck_id = n.bck_id
    WHERE c.def_id = ANY (definitions) AND n.until > now()
    ORDER BY n.restore_def;
END;
$$;

-- Deletes definitions with their backups: the rows go at once, the files wait for maintenance. What a run of one still
-- brings becomes an orphaned result.
CREATE FUNCTION force_delete_definitions(definitions bigint[]) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    restores text;
BEGIN
    -- Keeps results from being registered between the next statements.
    PERFORM FROM backup_definition AS d WHERE d.def_id = ANY (definitions) ORDER BY d.def_id FOR UPDATE;
    -- And a restore of one of the backups from being registered after the next question.
    PERFORM FROM backup_catalog AS c WHERE c.def_id = ANY (definitions) ORDER BY c.bck_id FOR UPDATE;
    SELECT string_agg(r.restore_def::text, ', ' ORDER BY r.restore_def) INTO restores
    FROM restores_that_keep_definitions(definitions) AS r (restore_def);
    IF restores IS NOT NULL THEN
        RAISE EXCEPTION 'A backup of this definition is needed by a restore that waits or runs'
            USING ERRCODE = 'object_in_use', DETAIL = 'RestoreDef: ' || restores || '.',
                  HINT = 'Wait for it, or delete its definition first.';
    END IF;
    PERFORM refuse_kept_backups(definitions);
    INSERT INTO catalog_entries_to_delete (
        def_id, bck_id, backup_server_id, pg_dump_file, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_log_file,
        pg_dump_dbconfig_file, pg_dump_dbconfig_log_file, pgsql_node_id, manifest_file
    )
    SELECT
        c.def_id, c.bck_id, c.backup_server_id, c.pg_dump_file, c.pg_dump_log_file, c.pg_dump_roles_file,
        c.pg_dump_roles_log_file, c.pg_dump_dbconfig_file, c.pg_dump_dbconfig_log_file, c.pgsql_node_id, c.manifest_file
    FROM backup_catalog AS c WHERE c.def_id = ANY (definitions) ORDER BY c.bck_id;
    DELETE FROM backup_catalog AS c WHERE c.def_id = ANY (definitions);
    DELETE FROM run_in_progress AS r WHERE r.def_id = ANY (definitions);
    DELETE FROM backup_definition AS d WHERE d.def_id = ANY (definitions);
END;
$$;

CREATE FUNCTION delete_force_backup_definition_id(definition bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM backup_definition AS d WHERE d.def_id = definition) THEN
        RAISE EXCEPTION 'Backup definition with DefID: % does not exist', definition USING ERRCODE = 'no_data_found';
    END IF;
    PERFORM force_delete_definitions(ARRAY[definition]);
END;
$$;

CREATE FUNCTION delete_backup_definition_dbname(node bigint, name text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    deleted bigint;
BEGIN
    DELETE FROM backup_definition AS d WHERE d.pgsql_node_id = node AND d.dbname = name;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END;
$$;

CREATE FUNCTION delete_force_backup_definition_dbname(node bigint, name text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    found bigint[];
BEGIN
    SELECT coalesce(array_agg(d.def_id), '{}') INTO found
    FROM backup_definition AS d WHERE d.pgsql_node_id = node AND d.dbname = name;
    PERFORM force_delete_definitions(found);
    RETURN cardinality(found);
END;
$$;

-- The database of a definition is certainly gone (trap 12a): its quarantine begins.
CREATE FUNCTION update_backup_definition_status_to_delete(definition bigint) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE backup_definition SET job_status = 'DELETED' WHERE def_id = definition AND job_status <> 'DELETED';
$$;
