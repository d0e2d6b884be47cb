-- Puts the test's clock in the place of PostgreSQL's, wherever the catalogue asks for the time.
\set ON_ERROR_STOP on
CREATE SCHEMA simulated;
CREATE TABLE simulated.clock (shows timestamptz NOT NULL);
INSERT INTO simulated.clock VALUES (pg_catalog.now());
CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT shows FROM simulated.clock';
CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT shows FROM simulated.clock';
GRANT USAGE ON SCHEMA simulated TO PUBLIC;
GRANT SELECT ON simulated.clock TO PUBLIC;

CREATE FUNCTION pg_temp.with_the_tests_clock(definition text) RETURNS text LANGUAGE sql AS $$
    SELECT regexp_replace(definition, '\m(now|clock_timestamp)\(\)', 'simulated.\1()', 'g');
$$;

DO $$
DECLARE
    made_again text;
    count integer := 0;
BEGIN
    FOR made_again IN
        SELECT pg_temp.with_the_tests_clock(pg_get_functiondef(p.oid))
        FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND p.prosrc ~ '\m(now|clock_timestamp)\(\)'
        UNION ALL
        SELECT format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT simulated.now()', d.adrelid::regclass, a.attname)
        FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE pg_get_expr(d.adbin, d.adrelid) = 'now()'
        UNION ALL
        SELECT format('CREATE OR REPLACE VIEW %s AS %s', c.oid::regclass, pg_temp.with_the_tests_clock(pg_get_viewdef(c.oid)))
        FROM pg_class AS c
        WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace
          AND pg_get_viewdef(c.oid) ~ '\m(now|clock_timestamp)\(\)'
        UNION ALL
        SELECT format('DROP TRIGGER %I ON %s; %s', t.tgname, t.tgrelid::regclass,
                      pg_temp.with_the_tests_clock(pg_get_triggerdef(t.oid)))
        FROM pg_trigger AS t WHERE NOT t.tgisinternal AND pg_get_triggerdef(t.oid) ~ '\m(now|clock_timestamp)\(\)'
    LOOP
        EXECUTE made_again;
        count := count + 1;
    END LOOP;
    IF count < 20 THEN
        RAISE EXCEPTION 'Only % objects of the catalogue ask for the time: this script does not find them', count;
    END IF;
END;
$$;
