-- The job queue. Enqueueing again gives the waiting row a new ID, so that the worker who deletes the ID that it read
-- before does not delete what was enqueued meanwhile.

CREATE FUNCTION enqueue_jobs(servers integer[], nodes bigint[]) RETURNS void
LANGUAGE plpgsql
SET search_path = public, pg_temp
AS $$
BEGIN
    -- One order for everybody, so that two transactions do not wait for each other.
    INSERT INTO job_queue (backup_server_id, pgsql_node_id)
    SELECT DISTINCT pair.server, pair.node::integer
    FROM unnest(servers, nodes) AS pair (server, node)
    ORDER BY pair.server, pair.node::integer
    ON CONFLICT (backup_server_id, pgsql_node_id, is_assigned)
        DO UPDATE SET id = nextval('job_queue_id_seq'), registered = now();

    -- A hint without data: the queue is the truth.
    PERFORM pg_notify('channel_bs' || pair.server || '_pg' || pair.node, '')
    FROM (SELECT DISTINCT p.server, p.node FROM unnest(servers, nodes) AS p (server, node)) AS pair;
END;
$$;

CREATE FUNCTION update_job_queue(server integer, node bigint) RETURNS void
LANGUAGE sql
SET search_path = public, pg_temp
AS $$
    SELECT enqueue_jobs(ARRAY[server], ARRAY[node]);
$$;
