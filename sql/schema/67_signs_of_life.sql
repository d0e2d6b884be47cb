-- Since 2.0: which daemons work, and how much room there is where the backups go.

-- The last a daemon of a backup server was heard of. Written by note_sign_of_life, about every minute.
CREATE TABLE daemon_sign_of_life (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    daemon text NOT NULL CHECK (daemon IN ('control', 'maintenance', 'alerts', 'exporter')),
    version text NOT NULL,
    procpid bigint NOT NULL,
    -- By the catalogue's clock, as everything here: machines' clocks differ.
    started timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    -- It says itself when it is to be heard of again at the latest.
    next_within interval NOT NULL,
    -- When it was stopped as it should be; NULL while it works, and when it was killed.
    stopped timestamptz,
    -- What it says about itself: pending_files, refused_files, queue_length, failing, last_error, ….
    facts jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (backup_server_id, daemon)
);

-- One row for each file system that backups of a backup server go to. Written by note_partition_space, about every minute.
CREATE TABLE backup_partition_space (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    -- The server's root directory where that is on it, otherwise the first of its nodes' backup directories.
    path text NOT NULL,
    total_bytes bigint NOT NULL,
    -- What somebody who is not root may still write.
    free_bytes bigint NOT NULL,
    observed timestamptz NOT NULL,
    -- The nodes whose backups go there.
    node_ids bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (backup_server_id, path)
);

-- The same, a row for each day (UTC): as it was last seen that day, and the least there was.
CREATE TABLE backup_partition_space_history (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    path text NOT NULL,
    day date NOT NULL,
    total_bytes bigint NOT NULL,
    free_bytes bigint NOT NULL,
    least_free_bytes bigint NOT NULL,
    PRIMARY KEY (backup_server_id, path, day)
);
