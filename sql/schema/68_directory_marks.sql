-- Since 2.0: the mark that lies in each directory of backups. Where it is not the one that stands here, another file system
-- is mounted there, or none, and what is missing there is not gone.

CREATE TABLE backup_directory_mark (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    path text NOT NULL,
    mark uuid NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (backup_server_id, pgsql_node_id, path)
);
CREATE INDEX backup_directory_mark_pgsql_node_id_idx ON backup_directory_mark (pgsql_node_id);
