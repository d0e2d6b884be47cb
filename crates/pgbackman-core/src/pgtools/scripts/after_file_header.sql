-- Your own objects on tables that belong to extensions, written by PgBackMan. For psql, in the restored database, after its contents:
--   psql -X -d DATABASE -f THIS_FILE
-- A statement that fails because its object exists already does no harm: the extension has made it.
SET client_encoding TO 'UTF8';
SET standard_conforming_strings TO on;
SET search_path TO pg_catalog;
