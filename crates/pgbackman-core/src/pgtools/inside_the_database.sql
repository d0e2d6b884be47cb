-- Letters outside ASCII, as this database sees them: in a session of another one other bytes would come of them.
SET client_encoding TO 'UTF8';
SET standard_conforming_strings TO on;
SET default_transaction_read_only TO off;
SET search_path TO pg_catalog;
SET ROLE NONE;

