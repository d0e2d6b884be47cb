SELECT
    '[' || n.node_id || '] ' || n.fqdn,
    d.servers::text,
    d.databases::text, d.active::text, d.stopped::text,
    d.cluster::text, d.data::text, d.full::text, d.schema::text, d.rds::text,
    c.succeeded::text, c.faulty::text, c.size, c.running_time, c.oldest, c.newest,
    (SELECT count(*) FROM job_queue AS q WHERE q.pgsql_node_id = n.node_id)::text
