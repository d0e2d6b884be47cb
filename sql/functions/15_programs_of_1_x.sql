-- 1.x uses the same role, and its programs connect only for a moment, so that nobody can see whether one is still installed
-- somewhere. What they call to register things is gone; what they could still do with an upgraded catalogue (delete
-- expired files and rows, mark definitions as DELETED, take over what control has to do) is refused here. They are
-- known by giving their sessions no name, which everything else that writes to a catalogue does: PgBackMan's programs,
-- psql, pg_restore.

CREATE FUNCTION session_has_a_name() RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp
AS $$
BEGIN
    IF current_setting('application_name') = '' THEN
        RAISE EXCEPTION 'Programs of PgBackMan 1.x cannot use this catalogue: it has been upgraded'
            USING ERRCODE = 'insufficient_privilege',
                HINT = 'Install PgBackMan 2 on this host. A program of your own has to set application_name.';
    END IF;
    RETURN true;
END;
$$;

CREATE FUNCTION keep_programs_of_1_x_out() RETURNS trigger
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM session_has_a_name();
    RETURN NULL;
END;
$$;
