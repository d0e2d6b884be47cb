-- Definitions whose databases are gone from their nodes, and what maintenance asks instead of deleting (trap 12a).

-- The node was asked and is the cluster it was, and lists neither name nor OID of the databases of these definitions: after
-- so many passes in a row they are DELETED, and their quarantine begins. Returns those for which it has begun now.
CREATE FUNCTION note_missing_databases(definitions bigint[], passes integer) RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE backup_definition AS d SET missing_passes = d.missing_passes + 1
    WHERE d.def_id = ANY (definitions) AND d.job_status <> 'DELETED' AND d.backup_code <> 'CLUSTER';
    RETURN QUERY
        UPDATE backup_definition AS d SET job_status = 'DELETED'
        WHERE d.def_id = ANY (definitions) AND d.job_status <> 'DELETED' AND d.backup_code <> 'CLUSTER'
          AND d.dbname NOT IN ('postgres', 'template1', '') AND d.missing_passes >= passes
        RETURNING d.def_id;
END;
$$;

-- The databases of these definitions are there. Returns the definitions that were DELETED and are ACTIVE again.
CREATE FUNCTION note_present_databases(definitions bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE backup_definition AS d SET missing_passes = 0
    WHERE d.def_id = ANY (definitions) AND d.missing_passes <> 0;
    RETURN QUERY
        UPDATE backup_definition AS d SET job_status = 'ACTIVE'
        WHERE d.def_id = ANY (definitions) AND d.job_status = 'DELETED'
        RETURNING d.def_id;
END;
$$;

-- Deletes a definition with its backups if it is still DELETED and its quarantine is over. Refused while a backup of it is
-- kept or needed by a restore. False: it is not due any more.
CREATE FUNCTION delete_definition_past_quarantine(definition bigint, as_of timestamptz) RETURNS boolean
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM FROM backup_definition AS d WHERE d.def_id = definition FOR UPDATE;
    IF NOT EXISTS (SELECT FROM deleted_definitions_past_quarantine(as_of) AS due (def_id) WHERE due.def_id = definition) THEN
        RETURN false;
    END IF;
    PERFORM force_delete_definitions(ARRAY[definition]);
    RETURN true;
END;
$$;

-- Asks about a node, and raises an alert the first time. Returns whether an operator has accepted just what is asked now: an
-- answer to another question counts no longer.
CREATE FUNCTION ask_about_pgsql_node(server integer, node bigint, asked_kind text, asked text) RETURNS boolean
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    is_new boolean;
    answered timestamptz;
BEGIN
    INSERT INTO pgsql_node_question AS q (backup_server_id, pgsql_node_id, kind, question)
    VALUES (server, node, asked_kind, asked)
    ON CONFLICT (backup_server_id, pgsql_node_id, kind) DO UPDATE
        SET question = excluded.question,
            accepted = CASE WHEN q.question = excluded.question THEN q.accepted END
    RETURNING q.xmax = 0, q.accepted INTO is_new, answered;
    IF is_new THEN
        INSERT INTO alerts (
            alert_type, ref_id, backup_server_id, pgsql_node_id, dbname, execution_status, error_message, sendto, condition,
            condition_since
        )
        VALUES (
            'PgSQL-node', node, server, node, '', 'WARNING', asked,
            coalesce(get_pgsql_node_config_value(node, 'logs_email'), ''),
            format('question:%s:%s:%s', server, node, asked_kind), now()
        )
        ON CONFLICT (condition) WHERE resolved IS NULL DO NOTHING;
    END IF;
    RETURN answered IS NOT NULL;
END;
$$;

-- What was asked about a node is answered, or has answered itself.
CREATE FUNCTION withdraw_pgsql_node_question(server integer, node bigint, asked_kind text) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE alerts AS a SET resolved = now(), resolution = 'Answered: maintenance asks no longer.'
    WHERE a.condition = format('question:%s:%s:%s', server, node, asked_kind) AND a.resolved IS NULL;
    DELETE FROM pgsql_node_question AS q
    WHERE q.backup_server_id = server AND q.pgsql_node_id = node AND q.kind = asked_kind;
$$;

-- An operator says that a node is as it should be: the cluster that answers is the right one, what is missing is gone.
-- Returns how many questions that answers.
CREATE FUNCTION accept_pgsql_node(node bigint) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    answered bigint;
BEGIN
    UPDATE pgsql_node_question AS q SET accepted = now() WHERE q.pgsql_node_id = node AND q.accepted IS NULL;
    GET DIAGNOSTICS answered = ROW_COUNT;
    RETURN answered;
END;
$$;
