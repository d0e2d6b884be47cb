-- How many jobs of pg_cron a database holds that are active.
SELECT pg_catalog.count(*) FROM cron.job AS j WHERE j.active
