BEGIN READ WRITE;
CREATE TEMPORARY TABLE pg_temp.pgbackman_trial (a pg_catalog.int4);
ALTER TABLE pg_temp.pgbackman_trial ALTER COLUMN a SET (pg_attver = 1);
