-- Results in pending files of 1.x (trap 29a). Its runs have no UUID; the importer makes one from the file's line. What 1.x
-- did register before it was interrupted, and left in a file nevertheless, is known by its run: that row gets the UUID, and
-- is returned. Times may differ by the time zones of the two servers that read them, durations do not.

CREATE FUNCTION claim_backup_of_1_x(result jsonb) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE backup_catalog AS c
    SET run_uuid = (result ->> 'run_uuid')::uuid
    WHERE NOT EXISTS (SELECT FROM backup_catalog AS k WHERE k.run_uuid = (result ->> 'run_uuid')::uuid)
      AND c.bck_id = (
        SELECT min(k.bck_id)
        FROM backup_catalog AS k
        WHERE k.run_uuid IS NULL
          AND k.def_id IS NOT DISTINCT FROM (result #>> '{origin,definition}')::bigint
          AND k.snapshot_id IS NOT DISTINCT FROM (result #>> '{origin,snapshot}')::bigint
          AND k.backup_server_id = (result ->> 'server')::integer
          AND k.pgsql_node_id = (result ->> 'node')::integer
          AND k.procpid = (result ->> 'procpid')::integer
          AND k.dbname = result ->> 'dbname'
          AND k.duration = (result ->> 'finished')::timestamptz - (result ->> 'started')::timestamptz
          AND k.started BETWEEN (result ->> 'started')::timestamptz - interval '26 hours'
              AND (result ->> 'started')::timestamptz + interval '26 hours'
          AND nullif(nullif(k.pg_dump_file, 'None'), '') IS NOT DISTINCT FROM result #>> '{dump,file}'
    )
    RETURNING c.bck_id;
$$;

CREATE FUNCTION claim_restore_of_1_x(result jsonb) RETURNS bigint
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE restore_catalog AS c
    SET run_uuid = (result ->> 'run_uuid')::uuid
    WHERE NOT EXISTS (SELECT FROM restore_catalog AS k WHERE k.run_uuid = (result ->> 'run_uuid')::uuid)
      AND c.restore_id = (
        SELECT min(k.restore_id)
        FROM restore_catalog AS k
        WHERE k.run_uuid IS NULL
          AND k.restore_def = (result ->> 'restore')::bigint
          AND k.backup_server_id = (result ->> 'server')::integer
          AND k.target_pgsql_node_id = (result ->> 'node')::integer
          AND k.procpid = (result ->> 'procpid')::integer
          AND k.duration = (result ->> 'finished')::timestamptz - (result ->> 'started')::timestamptz
          AND k.started BETWEEN (result ->> 'started')::timestamptz - interval '26 hours'
              AND (result ->> 'started')::timestamptz + interval '26 hours'
    )
    RETURNING c.restore_id;
$$;

-- The log of a restore whose definition is gone goes as it would have gone with the definition.
CREATE FUNCTION disown_restore_log(server integer, log_file text) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO restore_logs_to_delete (backup_server_id, restore_log_file)
    SELECT server, log_file
    WHERE NOT EXISTS (
        SELECT FROM restore_logs_to_delete AS l WHERE l.backup_server_id = server AND l.restore_log_file = log_file
    );
$$;
