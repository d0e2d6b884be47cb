-- Since 2.0: databases that are copied from node to node, by a snapshot and the restore that follows it.

CREATE TABLE clone_definition (
    clone_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    dbname text NOT NULL,
    target_pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    target_dbname text NOT NULL,
    renamed_dbname text,
    extra_restore_parameters text NOT NULL DEFAULT '',
    at_time timestamptz NOT NULL,
    -- Clones of one database at one time share a snapshot. Both go by themselves when the clone is done.
    snapshot_id bigint REFERENCES snapshot_definition (snapshot_id) ON DELETE SET NULL,
    restore_def bigint REFERENCES restore_definition (restore_def) ON DELETE SET NULL,
    -- How it ended; NULL until then.
    execution_status text REFERENCES job_execution_status (code) ON DELETE RESTRICT,
    error_message text,
    finished timestamptz
);
CREATE INDEX clone_definition_backup_server_id_idx ON clone_definition (backup_server_id);
CREATE INDEX clone_definition_pgsql_node_id_idx ON clone_definition (pgsql_node_id);
CREATE INDEX clone_definition_target_pgsql_node_id_idx ON clone_definition (target_pgsql_node_id);
CREATE INDEX clone_definition_snapshot_id_idx ON clone_definition (snapshot_id);
CREATE INDEX clone_definition_restore_def_idx ON clone_definition (restore_def);
