-- Which databases the nodes have.

-- A node was asked, is the cluster it was, and has these databases, templates left out.
CREATE FUNCTION note_node_databases(node bigint, names text[], as_of timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    -- In order of name: several backup servers may look at one node at the same time.
    INSERT INTO node_database AS d (pgsql_node_id, dbname, first_seen, last_seen)
    SELECT node, listed.name, as_of, as_of FROM unnest(names) AS listed (name) ORDER BY listed.name
    ON CONFLICT (pgsql_node_id, dbname) DO UPDATE
        SET first_seen = CASE WHEN d.gone IS NULL THEN d.first_seen ELSE excluded.first_seen END,
            last_seen = excluded.last_seen,
            gone = NULL
        WHERE d.gone IS NOT NULL OR d.last_seen < excluded.last_seen - interval '10 minutes';
    UPDATE node_database AS d SET gone = as_of
    WHERE d.pgsql_node_id = node AND d.gone IS NULL AND d.dbname <> ALL (names);
    DELETE FROM node_database AS d WHERE d.pgsql_node_id = node AND d.gone < as_of - interval '30 days';
END;
$$;
