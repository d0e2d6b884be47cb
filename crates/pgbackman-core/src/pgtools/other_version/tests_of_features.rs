//! What a version cannot hold.

use super::tests::{refused, words};

#[test]
fn what_a_version_cannot_hold_is_named_with_the_version_that_can() {
    for (sql, since, named) in [
        (
            "CREATE FUNCTION public.g() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 1;",
            14,
            "public.g",
        ),
        (
            "CREATE FUNCTION g() RETURNS integer LANGUAGE sql RETURN 1;",
            14,
            "SQL's own syntax",
        ),
        (
            "CREATE TYPE public.r AS RANGE (subtype = float8, multirange_type_name = public.m);",
            14,
            "public.r",
        ),
        (
            "ALTER TABLE ONLY public.t ALTER COLUMN x SET COMPRESSION lz4;",
            14,
            "compression",
        ),
        (
            "CREATE STATISTICS public.s ON (a + b) FROM public.t;",
            14,
            "expressions",
        ),
        (
            "CREATE UNIQUE INDEX i ON public.t USING btree (a) NULLS NOT DISTINCT;",
            15,
            "NULLS",
        ),
        (
            "CREATE VIEW public.v WITH (security_invoker='true') AS SELECT 1;",
            15,
            "public.v",
        ),
        ("ALTER PUBLICATION p ADD TABLES IN SCHEMA s;", 15, "schema"),
        (
            "ALTER PUBLICATION p ADD TABLE ONLY t WHERE ((a > 1));",
            15,
            "rows",
        ),
        (
            "CREATE COLLATION c (provider = icu, locale = 'und', rules = '&a<b');",
            16,
            "rules",
        ),
        (
            "CREATE COLLATION c (provider = builtin, locale = 'C');",
            17,
            "builtin",
        ),
        (
            "GRANT SELECT,MAINTAIN ON TABLE public.t TO x;",
            17,
            "MAINTAIN",
        ),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT MAINTAIN ON TABLES TO b;",
            17,
            "MAINTAIN",
        ),
        (
            "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS ((a * (2))));",
            18,
            "(t)",
        ),
        (
            "CREATE TABLE t (a integer NOT NULL NO INHERIT);",
            18,
            "inheritance",
        ),
        (
            "ALTER TABLE ONLY t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u(a) NOT ENFORCED;",
            18,
            "ENFORCED",
        ),
        (
            "CREATE TABLE public.t (\n    a integer\n)\nWITH (autovacuum_vacuum_insert_threshold='5', fillfactor='70');",
            13,
            "(public.t)",
        ),
        (
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, slot_name = 's', two_phase = true);",
            15,
            "(s)",
        ),
        (
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, streaming = parallel);",
            16,
            "subscription",
        ),
        (
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, failover = true);",
            17,
            "subscription",
        ),
        (
            "ALTER TABLE public.t ADD CONSTRAINT c NOT NULL a NOT VALID;",
            18,
            "(public.t)",
        ),
        (
            "CREATE TABLE c (\n    CONSTRAINT c_a_not_null NOT NULL a\n)\nINHERITS (p);",
            18,
            "constraint of the table",
        ),
        (
            "CREATE TABLE t (a int) WITH (autovacuum_vacuum_max_threshold='5');",
            18,
            "storage",
        ),
        (
            "CREATE PUBLICATION p WITH (publish = 'insert', publish_generated_columns = stored);",
            18,
            "generated columns (p)",
        ),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT SELECT ON LARGE OBJECTS TO PUBLIC;",
            18,
            "large objects",
        ),
        (
            "CREATE FUNCTION public.f() RETURNS integer\n    LANGUAGE sql\n    SET search_path TO NULL\n    AS $$select 1$$;",
            19,
            "(public.f)",
        ),
        (
            "CREATE PUBLICATION p1 FOR ALL SEQUENCES WITH (publish = 'insert');",
            19,
            "all sequences (p1)",
        ),
        (
            "CREATE PUBLICATION p3 FOR ALL TABLES, ALL SEQUENCES;",
            19,
            "(p3)",
        ),
        (
            "CREATE PUBLICATION p2 FOR ALL TABLES EXCEPT (TABLE ONLY public.t);",
            19,
            "tables but some (p2)",
        ),
        (
            "CREATE SUBSCRIPTION sub SERVER s PUBLICATION p1 WITH (connect = false, slot_name = 'sub');",
            19,
            "foreign server (sub)",
        ),
        (
            "CREATE SUBSCRIPTION sub CONNECTION 'x' PUBLICATION p1 WITH (connect = false, retain_dead_tuples = true);",
            19,
            "option",
        ),
        (
            "CREATE SUBSCRIPTION sub CONNECTION 'x' PUBLICATION p1 WITH (max_retention_duration = 5);",
            19,
            "option",
        ),
        (
            "CREATE SUBSCRIPTION sub CONNECTION 'x' PUBLICATION p1 WITH (wal_receiver_timeout = \"5s\");",
            19,
            "option",
        ),
        (
            "CREATE FOREIGN DATA WRAPPER fw CONNECTION public.postgres_fdw_connection;",
            19,
            "(fw)",
        ),
        (
            "CREATE VIEW public.ign AS\n SELECT a,\n    lag(n) IGNORE NULLS OVER (ORDER BY a) AS lag\n   FROM public.t;",
            19,
            "(public.ign)",
        ),
        (
            "CREATE FUNCTION public.af() RETURNS integer LANGUAGE sql BEGIN ATOMIC INSERT INTO public.t (a) VALUES (1) \
             ON CONFLICT(a) DO SELECT RETURNING t.n;",
            19,
            "DO SELECT (public.af)",
        ),
        (
            "CREATE VIEW public.jp AS SELECT jsonb_path_query('{}'::jsonb, '$.\"a\".lower()'::jsonpath) AS x;",
            19,
            "JSON path (public.jp)",
        ),
        (
            "CREATE TABLE public.t (a int) WITH (autovacuum_parallel_workers='2');",
            19,
            "(public.t)",
        ),
        (
            "CREATE TABLE public.lg (a int) WITH (log_autoanalyze_min_duration='5');",
            19,
            "(public.lg)",
        ),
        (
            "CREATE STATISTICS public.st1 ON (g) FROM public.t;",
            19,
            "(public.st1)",
        ),
    ] {
        let why = refused(sql, since - 1);
        assert!(
            why.contains(named) && why.ends_with(&format!("(since {since})")),
            "{sql}: {why}"
        );
        let on_one_line: Vec<&str> = sql.split_whitespace().collect();
        assert_eq!(words(sql, since), on_one_line.join(" "));
    }
    for sql in [
        "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS ((a * 2)) STORED, c int);",
        "CREATE TABLE t (a integer GENERATED ALWAYS AS IDENTITY);",
        "CREATE TABLE t (\"maintain\" integer, compression text, \"return\" int NOT NULL);",
        "CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS $$ BEGIN ATOMIC; RETURN 1 $$;",
        "CREATE STATISTICS public.s (ndistinct) ON a, b FROM public.t;",
        "GRANT SELECT ON TABLE maintain TO maintain;",
        "ALTER PUBLICATION p ADD TABLE ONLY t;",
        "INSERT INTO t VALUES ('NULLS NOT DISTINCT', 1);",
        "CREATE TABLE t (failover boolean, autovacuum_parallel_workers integer CONSTRAINT c NOT NULL, b int CONSTRAINT d NOT NULL);",
        "CREATE TABLE t (a integer, CONSTRAINT c CHECK ((autovacuum_parallel_workers = 1))) WITH (fillfactor='70');",
        "CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert, update');",
        "CREATE SUBSCRIPTION server CONNECTION 'x' PUBLICATION p WITH (connect = false, slot_name = 's');",
        "CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET work_mem TO '1MB' AS $$ SET x TO NULL $$;",
        "CREATE VIEW v AS SELECT jsonb_path_query('{}'::jsonb, '$.\"a\"'::jsonpath), '$.lower()'::text;",
        "CREATE RULE r AS ON INSERT TO t DO SELECT 1;",
    ] {
        assert_eq!(words(sql, 12), sql);
    }
}
