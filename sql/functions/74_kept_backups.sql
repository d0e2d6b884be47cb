-- Backups that an operator keeps whatever their retention says, and the policy of a definition's rotation.

-- When a pin ends: nothing or `forever` is never, an interval counts from a time, anything else must be a time. NULL for
-- what is none of these.
CREATE FUNCTION pin_end(value text, since timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF coalesce(value, '') = '' OR lower(value) = 'forever' THEN
        RETURN 'infinity';
    ELSIF value ~ '[[:alpha:]]' AND interval_or_null(value) IS NOT NULL THEN
        RETURN since + value::interval;
    END IF;
    RETURN value::timestamptz;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR interval_field_overflow THEN
    RETURN NULL;
END;
$$;

-- Keeps a backup until a time, whoever wants to delete it.
CREATE FUNCTION keep_backup(backup bigint, until timestamptz, reason text) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    entry backup_catalog;
BEGIN
    IF until <= now() THEN
        RAISE EXCEPTION 'A backup cannot be kept until a time that has passed (%)', until
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO entry FROM backup_catalog AS c WHERE c.bck_id = backup FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup with BckID: % does not exist in the catalog', backup USING ERRCODE = 'no_data_found';
    END IF;
    IF entry.deleting_since IS NOT NULL THEN
        RAISE EXCEPTION 'Backup with BckID: % is being deleted', backup USING ERRCODE = 'object_in_use';
    END IF;
    UPDATE backup_catalog SET pinned_until = until, pinned_reason = reason WHERE bck_id = backup;
END;
$$;

-- Lets retention decide again.
CREATE FUNCTION release_backup(backup bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    until timestamptz;
BEGIN
    SELECT c.pinned_until INTO until FROM backup_catalog AS c WHERE c.bck_id = backup FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup with BckID: % does not exist in the catalog', backup USING ERRCODE = 'no_data_found';
    END IF;
    IF until IS NULL THEN
        RAISE EXCEPTION 'Backup with BckID: % is not kept by anybody', backup USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE backup_catalog SET pinned_until = NULL, pinned_reason = NULL WHERE bck_id = backup;
END;
$$;

-- For forced deletions: names the backups of definitions, or of a snapshot, that are kept.
CREATE FUNCTION refuse_kept_backups(definitions bigint[], snapshot bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    kept text;
BEGIN
    SELECT string_agg(c.bck_id::text, ', ' ORDER BY c.bck_id) INTO kept
    FROM backup_catalog AS c
    WHERE (c.def_id = ANY (definitions) OR c.snapshot_id = snapshot) AND c.pinned_until > now();
    IF kept IS NOT NULL THEN
        RAISE EXCEPTION 'Backups of this % are kept', CASE WHEN snapshot IS NULL THEN 'definition' ELSE 'snapshot' END
            USING ERRCODE = 'object_in_use', DETAIL = 'BckIDs: ' || kept,
                  HINT = 'release_backup lets them go.';
    END IF;
END;
$$;

-- The last line: no statement deletes a backup that is kept. A claim has asked before (of a time that tests may choose).
CREATE FUNCTION refuse_to_delete_kept_backup() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'Backup with BckID: % is kept until %', OLD.bck_id, OLD.pinned_until
        USING ERRCODE = 'object_in_use', HINT = 'release_backup lets it go.';
END;
$$;
CREATE TRIGGER refuse_to_delete_kept_backup BEFORE DELETE ON backup_catalog
    FOR EACH ROW WHEN (OLD.pinned_until > now() AND OLD.deleting_since IS NULL)
    EXECUTE FUNCTION refuse_to_delete_kept_backup();

-- Nor does a restore begin from a backup whose files are going. Waits for a claim that is being made.
CREATE FUNCTION refuse_to_restore_deleted_backup() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
DECLARE
    since timestamptz;
BEGIN
    SELECT c.deleting_since INTO since FROM backup_catalog AS c WHERE c.bck_id = NEW.bck_id FOR KEY SHARE;
    IF since IS NOT NULL THEN
        RAISE EXCEPTION 'Backup with BckID: % is being deleted', NEW.bck_id USING ERRCODE = 'object_in_use';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER refuse_to_restore_deleted_backup BEFORE INSERT ON restore_definition
    FOR EACH ROW EXECUTE FUNCTION refuse_to_restore_deleted_backup();

-- Sets the rotation of a definition; NULL or 0 keeps none of that kind.
CREATE FUNCTION update_retention_policy(
    definition bigint, daily integer, weekly integer, monthly integer, yearly integer
) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE backup_definition AS d
    SET keep_daily = nullif(daily, 0), keep_weekly = nullif(weekly, 0), keep_monthly = nullif(monthly, 0),
        keep_yearly = nullif(yearly, 0)
    WHERE d.def_id = definition;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Backup definition with DefID: % does not exist', definition USING ERRCODE = 'no_data_found';
    END IF;
END;
$$;
