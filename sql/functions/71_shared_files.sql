-- Files that several backups name: PgBackMan 1.x gave two runs of a definition within a second the same names (trap 29b).
-- Paths are those of a backup server: the same path on another one is another file.

-- The other backups that name a file of these, each with one such file. NULL, an empty text and what 1.x wrote for no file
-- are none.
CREATE FUNCTION backups_with_the_same_files(backups bigint[])
RETURNS TABLE (bck_id bigint, other bigint, path text, other_is_going boolean)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
    WITH mine AS MATERIALIZED (
        SELECT c.bck_id, c.backup_server_id, file.path
        FROM backup_catalog AS c
        CROSS JOIN LATERAL unnest(ARRAY[
            c.pg_dump_file, c.pg_dump_log_file, c.pg_dump_roles_file, c.pg_dump_roles_log_file, c.pg_dump_dbconfig_file,
            c.pg_dump_dbconfig_log_file, c.manifest_file
        ]) AS file (path)
        WHERE c.bck_id = ANY (backups) AND file.path NOT IN ('', 'None')
    )
    SELECT m.bck_id, o.bck_id, min(m.path), bool_or(o.deleting_since IS NOT NULL)
    FROM mine AS m
    -- OFFSET keeps the planner from comparing every entry with every other one by their server.
    CROSS JOIN LATERAL (
        SELECT c.* FROM backup_catalog AS c
        WHERE ARRAY[
                  hashtext(c.pg_dump_file), hashtext(c.pg_dump_log_file), hashtext(c.pg_dump_roles_file),
                  hashtext(c.pg_dump_roles_log_file), hashtext(c.pg_dump_dbconfig_file),
                  hashtext(c.pg_dump_dbconfig_log_file), hashtext(c.manifest_file)
              ] && ARRAY[hashtext(m.path)]
        OFFSET 0
    ) AS o
    WHERE o.bck_id <> m.bck_id AND o.backup_server_id = m.backup_server_id
      AND m.path IN (
              o.pg_dump_file, o.pg_dump_log_file, o.pg_dump_roles_file, o.pg_dump_roles_log_file,
              o.pg_dump_dbconfig_file, o.pg_dump_dbconfig_log_file, o.manifest_file
          )
    GROUP BY m.bck_id, o.bck_id;
$$;

-- The same, saying also whether nothing keeps the other any more.
CREATE FUNCTION backups_with_the_same_files(backups bigint[], as_of timestamptz)
RETURNS TABLE (bck_id bigint, other bigint, path text, other_is_going boolean, other_is_to_go boolean)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT
        s.bck_id, s.other, s.path, s.other_is_going,
        s.other_is_going
        OR EXISTS (
            SELECT FROM definition_retention(o.def_id, as_of, o.backup_server_id) AS r WHERE r.bck_id = s.other AND r.kept_by = '{}'
        )
        OR EXISTS (SELECT FROM snapshots_past_retention(as_of) AS p WHERE p.bck_id = s.other)
    FROM backups_with_the_same_files(backups) AS s JOIN backup_catalog AS o ON o.bck_id = s.other;
$$;

-- Those of these paths that a backup of this server names.
CREATE FUNCTION files_of_backups(server integer, paths text[]) RETURNS TABLE (path text, bck_id bigint)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
    SELECT p.path, min(o.bck_id)
    FROM unnest(paths) AS p (path)
    CROSS JOIN LATERAL (
        SELECT c.* FROM backup_catalog AS c
        WHERE ARRAY[
                  hashtext(c.pg_dump_file), hashtext(c.pg_dump_log_file), hashtext(c.pg_dump_roles_file),
                  hashtext(c.pg_dump_roles_log_file), hashtext(c.pg_dump_dbconfig_file),
                  hashtext(c.pg_dump_dbconfig_log_file), hashtext(c.manifest_file)
              ] && ARRAY[hashtext(p.path)]
        OFFSET 0
    ) AS o
    WHERE o.backup_server_id = server
      AND p.path IN (
              o.pg_dump_file, o.pg_dump_log_file, o.pg_dump_roles_file, o.pg_dump_roles_log_file,
              o.pg_dump_dbconfig_file, o.pg_dump_dbconfig_log_file, o.manifest_file
          )
    GROUP BY p.path;
$$;
