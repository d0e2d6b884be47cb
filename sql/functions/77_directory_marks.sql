-- Whether a directory on a backup server is the one in which a node's backups were written.

-- Some archives that should lie in the directory of a node: the oldest and the newest ones, at most this many of each.
CREATE FUNCTION backups_expected_below(server integer, node bigint, directory text, at_most integer)
RETURNS TABLE (path text)
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    WITH expected AS MATERIALIZED (
        SELECT c.bck_id, c.pg_dump_file
        FROM backup_catalog AS c
        WHERE c.backup_server_id = server AND c.pgsql_node_id = node
          AND c.execution_status IN ('SUCCEEDED', 'WARNING') AND c.deleting_since IS NULL
          AND starts_with(c.pg_dump_file, rtrim(directory, '/') || '/dump/')
    )
    (SELECT e.pg_dump_file FROM expected AS e ORDER BY e.bck_id LIMIT at_most)
    UNION
    (SELECT e.pg_dump_file FROM expected AS e ORDER BY e.bck_id DESC LIMIT at_most);
$$;

-- This mark lies in the directory.
CREATE FUNCTION record_directory_mark(server integer, node bigint, directory text, found uuid) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    INSERT INTO backup_directory_mark AS m (backup_server_id, pgsql_node_id, path, mark)
    VALUES (server, node, directory, found)
    ON CONFLICT (backup_server_id, pgsql_node_id, path) DO UPDATE SET mark = excluded.mark, registered = now()
        WHERE m.mark <> excluded.mark;
$$;
