-- Roles, memberships, and the database itself: run in the database postgres of the source.
CREATE ROLE "Owner One" LOGIN PASSWORD 'secret' CREATEDB CONNECTION LIMIT 5 VALID UNTIL '2031-05-06 07:08:09+02';
CREATE ROLE "O'Brien" NOINHERIT CREATEROLE;
CREATE ROLE "quote""d\role" LOGIN BYPASSRLS;
CREATE ROLE "$(touch /x);`id`%" LOGIN REPLICATION;
CREATE ROLE "-leading" VALID UNTIL 'infinity';
CREATE ROLE "two
lines";
CREATE ROLE "Müller Österreich";
CREATE ROLE read;
CREATE ROLE reader;
CREATE ROLE reader2;
CREATE ROLE readers_group;
CREATE ROLE top_group;
CREATE ROLE grantor_a;
CREATE ROLE grantor_b;
CREATE ROLE chain_end;
CREATE ROLE default_priv_owner;
CREATE ROLE default_priv_grantee;
CREATE ROLE policy_role;
CREATE ROLE mapped_role;
CREATE ROLE column_role;
CREATE ROLE lo_owner;
CREATE ROLE lo_reader;
CREATE ROLE type_user;
CREATE ROLE language_user;
CREATE ROLE fdw_user;
CREATE ROLE server_user;
CREATE ROLE schema_owner;
CREATE ROLE only_setting;
CREATE ROLE database_grantor;
CREATE ROLE "public_like";
CREATE ROLE "äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüx";
CREATE ROLE not_needed PASSWORD 'x';
CREATE ROLE not_needed_group;

GRANT readers_group TO reader, reader2;
GRANT top_group TO readers_group WITH ADMIN OPTION;
GRANT not_needed_group TO not_needed;
GRANT pg_read_all_settings TO reader;
SET SESSION AUTHORIZATION readers_group;
GRANT top_group TO "O'Brien";
RESET SESSION AUTHORIZATION;

COMMENT ON ROLE "Owner One" IS 'it''s a \ comment
on two lines; with $$ and $pgbackman$';
ALTER ROLE "Owner One" SET search_path TO "$user", public, "My Schema", 'a"b';
ALTER ROLE "Owner One" SET DateStyle TO 'ISO, DMY';
ALTER ROLE "O'Brien" SET work_mem TO '64MB';
ALTER ROLE "O'Brien" SET "app.custom" TO 'it''s = a \ value';

CREATE DATABASE :"db" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' OWNER "Owner One" CONNECTION LIMIT 42;
COMMENT ON DATABASE :"db" IS 'The "odd" database''s
comment';
ALTER DATABASE :"db" SET search_path TO "$user", public, "My Schema";
ALTER DATABASE :"db" SET "app.name" TO 'x;y';
ALTER DATABASE :"db" SET DateStyle TO 'SQL, DMY';
ALTER ROLE "Owner One" IN DATABASE :"db" SET statement_timeout TO '10min';
ALTER ROLE only_setting IN DATABASE :"db" SET search_path TO '';
REVOKE TEMPORARY ON DATABASE :"db" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"db" TO database_grantor WITH GRANT OPTION;
GRANT CREATE, TEMPORARY ON DATABASE :"db" TO "O'Brien";
SET SESSION AUTHORIZATION database_grantor;
GRANT CONNECT ON DATABASE :"db" TO "two
lines" WITH GRANT OPTION;
SET SESSION AUTHORIZATION "two
lines";
GRANT CONNECT ON DATABASE :"db" TO "-leading";
RESET SESSION AUTHORIZATION;
