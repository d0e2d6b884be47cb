-- A backup that an operator deletes: its period is overridden, and nothing else that keeps it.

-- Claims it as maintenance does (72_expired_backups.sql): from here on it counts as a backup no longer, and the next pass of its
-- server deletes the files and then the row.
CREATE FUNCTION delete_backup(backup bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    entry backup_catalog;
    restores text;
    kept text[];
    others text;
BEGIN
    -- In the order in which a claim takes its locks.
    PERFORM FROM backup_definition AS d
    WHERE d.def_id = (SELECT c.def_id FROM backup_catalog AS c WHERE c.bck_id = backup) FOR NO KEY UPDATE;
    SELECT * INTO entry FROM backup_catalog AS c WHERE c.bck_id = backup FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup with BckID: % does not exist in the catalog', backup USING ERRCODE = 'no_data_found';
    END IF;
    IF entry.deleting_since IS NOT NULL THEN
        RAISE EXCEPTION 'Backup with BckID: % is being deleted already', backup USING ERRCODE = 'object_in_use';
    END IF;
    IF entry.pinned_until > now() THEN
        RAISE EXCEPTION 'Backup with BckID: % is pinned%', backup,
            CASE WHEN entry.pinned_until = 'infinity' THEN '' ELSE ' until ' || entry.pinned_until END
            || coalesce(' (' || nullif(entry.pinned_reason, '') || ')', '')
            USING ERRCODE = 'object_in_use', HINT = 'release_backup releases it.';
    END IF;
    SELECT string_agg(n.restore_def::text, ', ' ORDER BY n.restore_def) INTO restores
    FROM needed_by_restores AS n WHERE n.bck_id = backup AND n.until > now();
    IF restores IS NOT NULL THEN
        RAISE EXCEPTION 'Backup with BckID: % is needed by a restore that waits or runs', backup
            USING ERRCODE = 'object_in_use', DETAIL = 'RestoreDef: ' || restores || '.',
                  HINT = 'Wait for it, or delete its definition first.';
    END IF;
    SELECT array_remove(r.kept_by, 'period') INTO kept
    FROM definition_retention(entry.def_id, now(), entry.backup_server_id) AS r WHERE r.bck_id = backup;
    IF kept <> '{}' THEN
        RAISE EXCEPTION 'Backup with BckID: % is needed by the retention of its definition: %', backup, (
            SELECT string_agg(CASE reason
                WHEN 'redundancy' THEN 'it is one of the newest SUCCEEDED backups'
                WHEN 'usable' THEN 'it is the newest usable backup'
                WHEN 'remains' THEN 'it may be all that is left of the database'
                WHEN 'unseen' THEN 'its files could not be inspected'
                ELSE 'it is the newest backup of its ' || reason
            END, ', ') FROM unnest(kept) AS reason
        )
            USING ERRCODE = 'object_in_use',
                  HINT = 'Take a newer backup first, or change retention_redundancy (update_backup_definition) or the rotation (update_retention_policy).';
    END IF;
    SELECT string_agg(s.other::text, ', ' ORDER BY s.other) INTO others
    FROM backups_with_the_same_files(ARRAY[backup]) AS s WHERE NOT s.other_is_going;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'Backup with BckID: % shares files with other backups', backup
            USING ERRCODE = 'object_in_use', DETAIL = 'BckIDs: ' || others || '.',
                  HINT = 'Retention deletes them together.';
    END IF;
    UPDATE backup_catalog AS c SET deleting_since = now() WHERE c.bck_id = backup;
END;
$$;
