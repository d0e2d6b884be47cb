SELECT
    '[' || s.server_id || '] ' || s.fqdn,
    d.nodes::text,
    d.databases::text, d.active::text, d.stopped::text,
    d.cluster::text, d.data::text, d.full::text, d.schema::text, d.rds::text,
    c.succeeded::text, c.faulty::text, c.size, c.running_time, c.oldest, c.newest,
    (SELECT count(*) FROM job_queue AS q WHERE q.backup_server_id = s.server_id)::text,
    (SELECT count(*) FROM catalog_entries_to_delete AS e WHERE e.backup_server_id = s.server_id)::text
