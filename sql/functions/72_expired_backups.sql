-- How maintenance deletes backups: it lists what is to go, looks at the files, also at those of the backups that make it
-- expendable, claims, deletes the files, and then the rows.

-- The next backups of a server that are to go, in order of definition and backup, after the last ones seen. Definitions
-- without anything past its period cost one look into the index; the others are judged one by one, until there are enough.
-- What stays only because nobody could look at its files is among them: whoever asks looks again.
CREATE FUNCTION expired_backups(
    server integer, as_of timestamptz, after_definition bigint, after_backup bigint, at_most integer
)
RETURNS TABLE (bck_id bigint, def_id bigint, retention_period text, period_ends timestamptz, newer_succeeded bigint)
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    definition record;
    room integer := at_most;
    found_now integer;
BEGIN
    FOR definition IN
        SELECT d.def_id, d.retention_period FROM backup_definition AS d
        WHERE d.def_id >= after_definition ORDER BY d.def_id
    LOOP
        -- Months have different lengths: the bound lets a few days too many through, and the judgement is exact.
        CONTINUE WHEN NOT EXISTS (
            SELECT FROM backup_catalog AS c
            WHERE c.def_id = definition.def_id
              AND c.finished < as_of - definition.retention_period + interval '4 days'
        ) AND NOT EXISTS (
            SELECT FROM backup_catalog AS c WHERE c.def_id = definition.def_id AND c.finished IS NULL
        );
        RETURN QUERY
            SELECT r.bck_id, definition.def_id, definition.retention_period::text, r.period_ends, r.newer_succeeded
            FROM definition_retention(definition.def_id, as_of, server) AS r
            JOIN backup_catalog AS c ON c.bck_id = r.bck_id
            WHERE r.kept_by <@ ARRAY['unseen'] AND c.backup_server_id = server
              AND (definition.def_id > after_definition OR r.bck_id > after_backup)
            ORDER BY r.bck_id
            LIMIT room;
        GET DIAGNOSTICS found_now = ROW_COUNT;
        room := room - found_now;
        EXIT WHEN room <= 0;
    END LOOP;
END;
$$;

-- Whether a backup that is kept for these reasons makes others of its definition expendable.
CREATE FUNCTION makes_others_expendable(kept_by text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = public, pg_temp
AS $$
    SELECT kept_by && ARRAY['redundancy', 'usable', 'day', 'week', 'month', 'year'];
$$;

-- What a server has to look at before it claims anything of the definitions of these backups: those of its backups that make
-- others expendable, those that stay only because nobody could look at their files, and damaged ones that are to go.
CREATE FUNCTION backups_to_look_at(backups bigint[], server integer, as_of timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT r.bck_id
    FROM (SELECT DISTINCT c.def_id FROM backup_catalog AS c WHERE c.bck_id = ANY (backups) AND c.def_id IS NOT NULL) AS d
    CROSS JOIN LATERAL definition_retention(d.def_id, as_of, server) AS r
    WHERE r.backup_server_id = server
      AND (
          makes_others_expendable(r.kept_by) OR r.kept_by = ARRAY['unseen']
          OR (r.kept_by = '{}' AND r.files = 'damaged' AND r.execution_status <> 'ERROR')
      );
$$;

-- Claims backups that are to go: from here on they count as backups no longer, nobody can keep or restore them, and their
-- files are deleted, if need be by a later pass. What has become needed since it was listed, what somebody is just
-- changing, and what has a file that is also that of a backup that stays (trap 29b), is left out. Returns what was claimed.
--
-- `seen` are the backups whose files were found whole just now. Of a definition that has another one of this server that
-- makes others expendable nothing is claimed (trap 12b): it is to be looked at first.
CREATE FUNCTION claim_expired_backups(backups bigint[], as_of timestamptz, server integer, seen bigint[])
RETURNS SETOF bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    definitions bigint[];
    locked bigint[];
    doomed bigint[];
    shared bigint[];
BEGIN
    SELECT array_agg(DISTINCT c.def_id) INTO definitions
    FROM backup_catalog AS c WHERE c.bck_id = ANY (backups) AND c.def_id IS NOT NULL;
    -- Keeps a policy from being changed between the judgement and the claim, and lets one server claim at a time.
    PERFORM FROM backup_definition AS d WHERE d.def_id = ANY (definitions) ORDER BY d.def_id FOR NO KEY UPDATE;
    -- Keeps a restore from being registered; one that is being registered holds its backup's row.
    SELECT array_agg(mine.bck_id) INTO locked
    FROM (
        SELECT c.bck_id FROM backup_catalog AS c WHERE c.bck_id = ANY (backups) ORDER BY c.bck_id FOR UPDATE SKIP LOCKED
    ) AS mine;
    doomed := ARRAY(
        WITH judged AS MATERIALIZED (
            SELECT d.def_id, r.bck_id, r.kept_by, r.backup_server_id
            FROM unnest(definitions) AS d (def_id)
            CROSS JOIN LATERAL definition_retention(d.def_id, as_of, server) AS r
        ),
        unsure AS (
            SELECT j.def_id FROM judged AS j
            WHERE j.backup_server_id = server AND makes_others_expendable(j.kept_by)
              AND j.bck_id NOT IN (SELECT unnest(seen))
        )
        SELECT c.bck_id FROM backup_catalog AS c
        WHERE c.bck_id = ANY (locked) AND c.deleting_since IS NULL AND c.bck_id IN (
            SELECT j.bck_id FROM judged AS j
            WHERE j.kept_by = '{}' AND j.def_id NOT IN (SELECT u.def_id FROM unsure AS u)
            UNION ALL
            SELECT s.bck_id FROM snapshots_past_retention(as_of) AS s
        )
    );
    -- Backups with a file in common go together or not at all, however long the chain of them is.
    LOOP
        shared := ARRAY(
            SELECT s.bck_id FROM backups_with_the_same_files(doomed) AS s
            WHERE NOT s.other_is_going AND s.other <> ALL (doomed)
        );
        EXIT WHEN shared = '{}';
        doomed := ARRAY(SELECT unnest(doomed) EXCEPT SELECT unnest(shared));
    END LOOP;
    RETURN QUERY
        UPDATE backup_catalog AS c SET deleting_since = now() WHERE c.bck_id = ANY (doomed) RETURNING c.bck_id;
END;
$$;

-- Gives claims up, of backups whose files have not been touched.
CREATE FUNCTION release_claimed_backups(backups bigint[]) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE backup_catalog AS c SET deleting_since = NULL WHERE c.bck_id = ANY (backups);
$$;

-- Deletes claimed entries whose files are gone. A snapshot is over with its last backup.
CREATE FUNCTION delete_claimed_backups(backups bigint[]) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    snapshots bigint[];
    deleted bigint;
BEGIN
    WITH gone AS (
        DELETE FROM backup_catalog AS c
        WHERE c.bck_id = ANY (backups) AND c.deleting_since IS NOT NULL
        RETURNING c.snapshot_id
    )
    SELECT count(*), array_agg(g.snapshot_id) FILTER (WHERE g.snapshot_id IS NOT NULL) INTO deleted, snapshots
    FROM gone AS g;
    DELETE FROM snapshot_definition AS s
    WHERE s.snapshot_id = ANY (snapshots)
      AND NOT EXISTS (SELECT FROM backup_catalog AS c WHERE c.snapshot_id = s.snapshot_id)
      AND NOT EXISTS (SELECT FROM run_in_progress AS r WHERE r.snapshot_id = s.snapshot_id);
    RETURN deleted;
END;
$$;
