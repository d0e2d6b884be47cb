-- Roles that a database needs, written by PgBackMan. For psql, run by a superuser, before the settings file:
--   psql -X -d postgres -f THIS_FILE
-- A role that exists already is used as it is. All or nothing: the first error undoes everything.
\set ON_ERROR_STOP on
SET client_encoding TO 'UTF8';
SET standard_conforming_strings TO on;

BEGIN;
SET LOCAL search_path TO pg_catalog, pg_temp;
CREATE TEMPORARY TABLE pgbackman_existing_roles ON COMMIT DROP AS SELECT rolname FROM pg_catalog.pg_roles;
