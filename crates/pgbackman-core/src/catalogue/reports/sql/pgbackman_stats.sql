SELECT
    (SELECT count(*) FROM backup_server WHERE status = 'RUNNING')::text,
    (SELECT count(*) FROM backup_server WHERE status = 'STOPPED')::text,
    (SELECT count(*) FROM pgsql_node WHERE status = 'RUNNING')::text,
    (SELECT count(*) FROM pgsql_node WHERE status = 'STOPPED')::text,
    d.databases::text, d.active::text, d.stopped::text,
    d.cluster::text, d.data::text, d.full::text, d.schema::text, d.rds::text,
    c.succeeded::text, c.faulty::text, c.size, c.running_time, c.oldest, c.newest,
    (SELECT count(*) FROM job_queue)::text,
    (SELECT count(*) FROM catalog_entries_to_delete)::text
