-- A database without its contents, written by PgBackMan. For psql, run by a superuser, after the roles file:
--   psql -X -d postgres -f THIS_FILE
-- A database of this name must not exist; restore the contents into it with pg_restore.
\set ON_ERROR_STOP on
SET client_encoding TO 'UTF8';
SET standard_conforming_strings TO on;
SET search_path TO pg_catalog;

