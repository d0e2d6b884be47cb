-- What the database holds: run in it, with client_encoding LATIN1, so that every byte arrives as it is
-- written here: the roles' names are the UTF-8 that they were made with.
CREATE SCHEMA "My Schema" AUTHORIZATION schema_owner;
CREATE SCHEMA "o'dd ""schema""\";
ALTER SCHEMA public OWNER TO "Owner One";
GRANT USAGE ON SCHEMA "My Schema" TO grantor_a WITH GRANT OPTION;
GRANT CREATE ON SCHEMA "o'dd ""schema""\" TO "two
lines";

-- Debian's package has the one, the test servers of the other releases have the other.
SELECT name AS extension FROM pg_available_extensions WHERE name IN ('pageinspect', 'vector') ORDER BY name LIMIT 1 \gset
CREATE EXTENSION :extension SCHEMA public;
CREATE COLLATION "My Schema"."C copy" (provider = libc, locale = 'C');
ALTER COLLATION "My Schema"."C copy" OWNER TO "-leading";

CREATE TABLE public.plain (id serial PRIMARY KEY, name text COLLATE "My Schema"."C copy", note text);
INSERT INTO public.plain (name, note) SELECT 'Gr' || chr(246) || chr(223) || 'e ' || n, repeat('x', n) FROM generate_series(1, 200) n;
ALTER TABLE public.plain OWNER TO "Owner One";
CREATE TABLE "My Schema"."Odd $(table);%" ("Col ""umn" int, "zwölf" text);
INSERT INTO "My Schema"."Odd $(table);%" VALUES (1, E'a\tb\\.\nc'), (2, NULL);
ALTER TABLE "My Schema"."Odd $(table);%" OWNER TO "quote""d\role";
CREATE TABLE "o'dd ""schema""\".t (a int, b int);
ALTER TABLE "o'dd ""schema""\".t OWNER TO "Müller Österreich";
CREATE VIEW public.v AS SELECT id, name FROM public.plain WHERE name <> 'a;b';
ALTER VIEW public.v OWNER TO "$(touch /x);`id`%";
CREATE MATERIALIZED VIEW public.mv AS SELECT n FROM generate_series(1, 3) n;
ALTER MATERIALIZED VIEW public.mv OWNER TO "O'Brien";
CREATE SEQUENCE "My Schema".s;
SELECT setval('"My Schema".s', 17);
ALTER SEQUENCE "My Schema".s OWNER TO "two
lines";

GRANT SELECT ON public.plain TO reader, readers_group;
GRANT SELECT, UPDATE ON public.plain TO grantor_a WITH GRANT OPTION;
GRANT ALL ON public.v TO PUBLIC;
GRANT SELECT (name), UPDATE (note) ON public.plain TO column_role;
GRANT SELECT (id) ON public.plain TO grantor_b WITH GRANT OPTION;
GRANT SELECT ON "My Schema"."Odd $(table);%" TO "äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüx", read;
SET SESSION AUTHORIZATION grantor_a;
GRANT SELECT ON public.plain TO grantor_b WITH GRANT OPTION;
GRANT USAGE ON SCHEMA "My Schema" TO chain_end;
SET SESSION AUTHORIZATION grantor_b;
GRANT SELECT ON public.plain TO chain_end;
GRANT SELECT (id) ON public.plain TO reader2;
RESET SESSION AUTHORIZATION;
REVOKE ALL ON public.mv FROM "O'Brien";

CREATE FUNCTION public.f(a int, "B" text DEFAULT 'GRANT x TO y;') RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $f$
BEGIN
    -- ALTER TABLE t OWNER TO nobody;
    RETURN a; -- it's $$
END $f$;
ALTER FUNCTION public.f(int, text) OWNER TO schema_owner;
REVOKE ALL ON FUNCTION public.f(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.f(int, text) TO "public_like";
CREATE TYPE public.mood AS ENUM ('sad', 'ok');
REVOKE ALL ON TYPE public.mood FROM PUBLIC;
GRANT USAGE ON TYPE public.mood TO type_user;
CREATE DOMAIN public.positive AS int CHECK (VALUE > 0);
ALTER DOMAIN public.positive OWNER TO reader2;
GRANT USAGE ON LANGUAGE plpgsql TO language_user;

CREATE FOREIGN DATA WRAPPER dummy;
GRANT USAGE ON FOREIGN DATA WRAPPER dummy TO fdw_user;
CREATE SERVER "Srv 1" FOREIGN DATA WRAPPER dummy;
ALTER SERVER "Srv 1" OWNER TO "Owner One";
GRANT USAGE ON FOREIGN SERVER "Srv 1" TO server_user;
CREATE USER MAPPING FOR mapped_role SERVER "Srv 1" OPTIONS (password 'it''s');

ALTER DEFAULT PRIVILEGES FOR ROLE default_priv_owner IN SCHEMA public GRANT SELECT ON TABLES TO default_priv_grantee WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE default_priv_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;

ALTER TABLE public.plain ENABLE ROW LEVEL SECURITY;
CREATE POLICY "My Policy" ON public.plain FOR SELECT TO policy_role, reader USING (name <> 'TO nobody');

SELECT lo_from_bytea(100001, '\xdeadbeef');
SELECT lo_from_bytea(100002, decode(repeat('00ff', 5000), 'hex'));
ALTER LARGE OBJECT 100001 OWNER TO lo_owner;
GRANT SELECT ON LARGE OBJECT 100002 TO lo_reader;
COMMENT ON LARGE OBJECT 100001 IS 'a large object';
COMMENT ON SCHEMA "My Schema" IS 'commented; "so"';
