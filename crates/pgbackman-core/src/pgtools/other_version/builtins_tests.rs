//! What a statement uses that a server does not have in `pg_catalog`.

use proptest::prelude::*;

use super::super::{Server, inspect};
use super::*;

fn names(words: &str) -> BTreeSet<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// A server with a few things of its own.
fn server() -> Builtins {
    Builtins {
        types: names("int4 text uuid bytea regconfig regdictionary tsvector jsonpath oid char"),
        functions: names("lag count to_tsvector generate_series lower now nextval text"),
        relations: names("pg_class pg_stat_activity"),
        configurations: names("simple english"),
        dictionaries: names("simple english_stem"),
        words: names(
            "integer numeric double precision character varying timestamp with time zone coalesce values exists using row \
             select from as create partition by range check key null in conflict array",
        ),
    }
}

fn refused(sql: &str) -> Vec<String> {
    let server = Server {
        builtins: server(),
        ..Server::of(19)
    };
    inspect(sql.as_bytes(), &server)
        .unwrap()
        .refused
        .into_iter()
        .collect()
}

#[test]
fn v4_what_only_a_newer_server_has_is_named() {
    for (sql, what) in [
        (
            "CREATE TABLE public.o8 (\n    a integer,\n    b oid8 NOT NULL\n);",
            "the type oid8 (public.o8)",
        ),
        (
            "CREATE UNLOGGED TABLE public.o8 (b pg_catalog.oid8[]);",
            "the type oid8",
        ),
        (
            "CREATE TYPE public.c AS (a integer, d regdatabase);",
            "the type regdatabase (public.c)",
        ),
        (
            "CREATE DOMAIN public.d AS oid8;",
            "the type oid8 (public.d)",
        ),
        (
            "CREATE FUNCTION public.f(integer, IN b oid8) RETURNS integer LANGUAGE sql AS $$x$$;",
            "the type oid8 (public.f)",
        ),
        (
            "CREATE FUNCTION public.f() RETURNS SETOF oid8 LANGUAGE sql AS $$x$$;",
            "the type oid8 (public.f)",
        ),
        (
            "CREATE VIEW public.v AS SELECT '1'::oid8 AS a;",
            "the type oid8 (public.v)",
        ),
        (
            "CREATE VIEW public.eon AS\n SELECT error_on_null(n) AS x\n   FROM public.t;",
            "the function error_on_null (public.eon)",
        ),
        (
            "CREATE INDEX i ON public.t USING btree (casefold(a));",
            "the function casefold",
        ),
        (
            "ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT uuidv7();",
            "the function uuidv7",
        ),
        (
            "CREATE VIEW public.v AS SELECT 1 + pg_catalog.newer(2);",
            "the function newer",
        ),
        (
            "CREATE VIEW public.lk AS\n SELECT locktype FROM pg_stat_lock;",
            "the system view pg_stat_lock (public.lk)",
        ),
        (
            "CREATE INDEX ts ON public.t USING gin (to_tsvector('polish'::regconfig, tx));",
            "the configuration polish of text search",
        ),
        (
            "ALTER TEXT SEARCH CONFIGURATION public.tc\n    ADD MAPPING FOR word WITH simple, polish_stem;",
            "the dictionary polish_stem of text search",
        ),
        (
            "CREATE TEXT SEARCH DICTIONARY public.td (\n    TEMPLATE = pg_catalog.snowball,\n    language = 'polish' );",
            "the stemmer polish of text search",
        ),
    ] {
        let found = refused(sql);
        assert!(
            found.len() == 1 && found[0].starts_with(what),
            "{sql}: {found:?}"
        );
        // Where nothing is known, nothing is said.
        assert!(
            inspect(sql.as_bytes(), &Server::of(19))
                .unwrap()
                .refused
                .is_empty()
        );
    }
}

#[test]
fn v4_names_that_may_be_something_else_are_no_refusal() {
    for sql in [
        "CREATE TABLE public.t (a numeric(10,2), b double precision, c \"char\", \"select\" public.own(3), \
         CONSTRAINT newer CHECK ((a > (1)::numeric)), EXCLUDE USING gist (a WITH =)) PARTITION BY LIST (a);",
        "CREATE TABLE public.t (a timestamp with time zone DEFAULT now()) PARTITION BY HASH (a);",
        "CREATE VIEW public.v AS WITH newer(a, b) AS (SELECT 1, 2), second(c) AS MATERIALIZED (SELECT 3), third (d) AS ( \
         SELECT 4) SELECT n.n, public.newer(1), coalesce(a, 1) FROM generate_series(1, 3) newer(n), public.t newest(a, b);",
        "CREATE VIEW public.v AS WITH pg_newer AS (SELECT 1) SELECT * FROM pg_newer;",
        "CREATE VIEW public.v AS SELECT * FROM public.\"by\" newer(a, b), public.by newest(c);",
        "CREATE INDEX i ON public.newer USING newest (lower(a) public.newer_ops);",
        "CREATE FUNCTION public.f(a public.newer, b integer DEFAULT 1) RETURNS public.newest LANGUAGE sql AS 'SELECT newer(1)';",
        "CREATE AGGREGATE public.a(integer) (SFUNC = newer, STYPE = newest);",
        "CREATE OPERATOR public.+ (FUNCTION = public.newer, LEFTARG = integer);",
        "CREATE VIEW public.v AS SELECT 'newer(1)'::text, \"newer\" FROM public.t;",
        "CREATE RULE r AS ON INSERT TO public.t DO INSTEAD INSERT INTO public.u (a) VALUES (new.a) ON CONFLICT(a) DO NOTHING;",
        "CREATE TEXT SEARCH DICTIONARY public.td (TEMPLATE = pg_catalog.snowball, language = 'porter');",
        "CREATE VIEW public.v AS SELECT to_tsvector('public.newer'::regconfig, 'x'::text);",
        "INSERT INTO public.t VALUES (newer(1));",
        "COPY public.t (a) FROM stdin;\n1::oid8\nCREATE VIEW v AS SELECT newer(1);\n\\.\n",
        "GRANT newer TO newest;",
    ] {
        assert_eq!(refused(sql), [""; 0], "{sql}");
    }
}

proptest! {
    #[test]
    fn no_text_is_too_odd(words in proptest::collection::vec("[a-z(),.:'\"$]{1,6}", 0..40)) {
        let sql = format!("CREATE TABLE x ({});", words.join(" "));
        // A text that ends inside quotes is an error; nothing panics.
        let server = Server { builtins: server(), ..Server::of(12) };
        let _ = inspect(sql.as_bytes(), &server);
    }
}
