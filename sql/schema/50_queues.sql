-- What waits for a backup server to act on it.

CREATE TABLE job_queue (
    id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) MATCH FULL ON DELETE RESTRICT,
    pgsql_node_id integer NOT NULL REFERENCES pgsql_node (node_id) MATCH FULL ON DELETE RESTRICT,
    is_assigned boolean NOT NULL DEFAULT false,
    PRIMARY KEY (backup_server_id, pgsql_node_id, is_assigned)
);
CREATE UNIQUE INDEX job_queue_id_idx ON job_queue (id);

CREATE TABLE pgsql_node_to_delete (
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL,
    pgsql_node_id bigint NOT NULL,
    -- Since 2.0: what there is to clean up. NULL in rows of 1.x.
    pgsql_node_fqdn text,
    pgnode_crontab_file text,
    pgnode_backup_partition text,
    former_backup_partitions text[],
    PRIMARY KEY (backup_server_id, pgsql_node_id)
);

CREATE TABLE pgsql_node_stopped (
    registered timestamptz NOT NULL DEFAULT now(),
    pgsql_node_id bigint NOT NULL PRIMARY KEY
);

CREATE TABLE catalog_entries_to_delete (
    del_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    -- NULL for a backup of a snapshot.
    def_id bigint,
    bck_id bigint NOT NULL,
    backup_server_id integer NOT NULL,
    pg_dump_file text,
    pg_dump_log_file text,
    pg_dump_roles_file text,
    pg_dump_roles_log_file text,
    pg_dump_dbconfig_file text,
    pg_dump_dbconfig_log_file text,
    -- Since 2.0; NULL in rows of 1.x.
    pgsql_node_id bigint,
    manifest_file text,
    snapshot_id bigint
);
CREATE INDEX catalog_entries_to_delete_backup_server_id_idx ON catalog_entries_to_delete (backup_server_id);

CREATE TABLE restore_logs_to_delete (
    del_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer,
    restore_log_file text
);
CREATE INDEX restore_logs_to_delete_backup_server_id_idx ON restore_logs_to_delete (backup_server_id);
