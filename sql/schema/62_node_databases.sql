-- Since 2.0: which databases the nodes have, as maintenance has seen them.

CREATE TABLE node_database (
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    dbname text NOT NULL,
    first_seen timestamptz NOT NULL,
    -- To about ten minutes.
    last_seen timestamptz NOT NULL,
    -- Since when the node lists it no longer; the row goes 30 days later.
    gone timestamptz,
    PRIMARY KEY (pgsql_node_id, dbname)
);
