-- What backup servers find when they look at the files of their backups. Before a claim a server looks at those that would
-- count (72_expired_backups.sql); once a day it looks at all of its own, in order, and a pass that is ended goes on where it was.

-- What was found at the files of backups at a time.
CREATE FUNCTION record_looks_at_files(looked_at timestamptz, backups bigint[], states text[], problems text[]) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE backup_catalog AS c
    SET files_looked_at = looked_at, files_state = found.state, files_problem = found.problem,
        files_since = CASE WHEN c.files_state = found.state THEN coalesce(c.files_since, looked_at) ELSE looked_at END
    FROM unnest(backups, states, problems) AS found (bck_id, state, problem)
    WHERE c.bck_id = found.bck_id AND c.deleting_since IS NULL;
$$;

-- The backup behind which the daily look of a server goes on; NULL while none is due. It is due 23 hours after the last one
-- began, so that a machine that makes one pass a day looks in each, and after an hour where not everything could be looked at.
CREATE FUNCTION begin_look_at_files(server integer, as_of timestamptz) RETURNS bigint
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO file_look AS l (backup_server_id, begun, reached) VALUES (server, as_of, 0)
    ON CONFLICT ON CONSTRAINT file_look_pkey DO UPDATE SET begun = as_of, reached = 0, not_looked_at = 0
    WHERE l.reached IS NULL AND (
        l.begun > as_of + interval '1 hour'
        OR l.begun <= as_of - CASE WHEN l.not_looked_at > 0 THEN interval '1 hour' ELSE interval '23 hours' END
    );
    RETURN (SELECT l.reached FROM file_look AS l WHERE l.backup_server_id = server);
END;
$$;

-- Where one damaged backup was found, a look at all of them is due with the next pass.
CREATE FUNCTION hasten_look_at_files(server integer) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE file_look AS l SET begun = '-infinity' WHERE l.backup_server_id = server AND l.reached IS NULL;
$$;

-- The next backups of a daily look: all that are kept and may be restored, damaged ones too.
CREATE FUNCTION next_backups_to_look_at(server integer, after_backup bigint, at_most integer) RETURNS SETOF bigint
LANGUAGE sql STABLE
SET search_path = public, pg_temp
AS $$
    SELECT c.bck_id FROM backup_catalog AS c
    WHERE c.backup_server_id = server AND c.bck_id > after_backup AND c.deleting_since IS NULL
      AND c.execution_status IN ('SUCCEEDED', 'WARNING')
    ORDER BY c.bck_id LIMIT at_most;
$$;

-- What a daily look found at some backups, and the last of them, behind which it goes on.
CREATE FUNCTION note_looks_at_files(
    server integer, looked_at timestamptz, backups bigint[], states text[], problems text[], last_backup bigint
) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    SELECT record_looks_at_files(looked_at, backups, states, problems);
    UPDATE file_look AS l
    SET reached = last_backup,
        not_looked_at = l.not_looked_at + (SELECT count(*) FROM unnest(states) AS s (state) WHERE s.state = 'not looked at')
    WHERE l.backup_server_id = server;
$$;

-- The daily look has come to the last backup.
CREATE FUNCTION end_look_at_files(server integer, as_of timestamptz) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    UPDATE file_look AS l SET reached = NULL, ended = as_of WHERE l.backup_server_id = server;
$$;
