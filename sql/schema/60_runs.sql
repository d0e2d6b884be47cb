-- Since 2.0: runs of dumps and restores, before and after their rows in the catalogue.

-- Runs that have begun and are not registered yet. A definition under a run is not deleted without force.
CREATE TABLE run_in_progress (
    run_uuid uuid PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    def_id bigint REFERENCES backup_definition (def_id) ON DELETE RESTRICT,
    snapshot_id bigint REFERENCES snapshot_definition (snapshot_id) ON DELETE RESTRICT,
    restore_def bigint REFERENCES restore_definition (restore_def) ON DELETE CASCADE,
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    pgsql_node_id bigint NOT NULL,
    procpid bigint NOT NULL,
    started timestamptz NOT NULL,
    -- How far a restore has come.
    objects_done bigint,
    objects_total bigint,
    -- By what an operator names it.
    run_id bigserial,
    -- How far it has come, as the run itself reports.
    phase text,
    bytes_done bigint,
    bytes_expected bigint,
    reported timestamptz,
    -- When an operator asked for its end, and who.
    cancel_requested timestamptz,
    cancelled_by text,
    CONSTRAINT run_in_progress_origin_check CHECK (num_nonnulls(def_id, snapshot_id, restore_def) = 1)
);
CREATE INDEX run_in_progress_def_id_idx ON run_in_progress (def_id);
-- A snapshot and a restore are run once.
CREATE UNIQUE INDEX run_in_progress_snapshot_id_idx ON run_in_progress (snapshot_id);
CREATE UNIQUE INDEX run_in_progress_restore_def_idx ON run_in_progress (restore_def);
CREATE UNIQUE INDEX run_in_progress_run_id_idx ON run_in_progress (run_id);
CREATE INDEX run_in_progress_backup_server_id_idx ON run_in_progress (backup_server_id);

-- Runs of a definition that an operator asked for, or that try a failed one again: given to at, as a snapshot is.
CREATE TABLE requested_run (
    request_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    def_id bigint NOT NULL REFERENCES backup_definition (def_id) ON DELETE CASCADE,
    requested_by text NOT NULL,
    at_time timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'WAITING' REFERENCES at_definition_status (code) MATCH FULL ON DELETE RESTRICT,
    problem text,
    -- The run that was started for it.
    run_uuid uuid,
    -- 0 for an operator's request; the number of the attempt for one that a failed run has left.
    attempt integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX requested_run_open_idx ON requested_run (def_id) WHERE run_uuid IS NULL AND status <> 'ERROR';

-- Results whose definition, snapshot, server or node is gone: kept for the node's quarantine, then cleaned up with their
-- files. No foreign keys, since what they would refer to is gone.
CREATE TABLE orphaned_result (
    orphan_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    run_uuid uuid NOT NULL UNIQUE,
    def_id bigint,
    snapshot_id bigint,
    backup_server_id integer NOT NULL,
    pgsql_node_id bigint NOT NULL,
    dbname text NOT NULL,
    finished timestamptz,
    execution_status text,
    error_message text,
    pg_dump_file text,
    pg_dump_log_file text,
    pg_dump_roles_file text,
    pg_dump_roles_log_file text,
    pg_dump_dbconfig_file text,
    pg_dump_dbconfig_log_file text,
    manifest_file text,
    delete_after timestamptz NOT NULL,
    result jsonb NOT NULL
);
CREATE INDEX orphaned_result_backup_server_id_idx ON orphaned_result (backup_server_id, delete_after);

-- What maintenance asks about a node instead of deleting anything: another cluster answers under its name, or most of its
-- databases are missing at once (trap 12a); another directory lies where its backups were.
CREATE TABLE pgsql_node_question (
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('another_cluster', 'most_missing', 'another_directory')),
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    registered timestamptz NOT NULL DEFAULT now(),
    question text NOT NULL,
    -- When an operator said that it is as it should be.
    accepted timestamptz,
    PRIMARY KEY (backup_server_id, pgsql_node_id, kind)
);

-- Runs whose row was deleted: a result that arrives late does not bring one back.
CREATE TABLE deleted_run (
    run_uuid uuid PRIMARY KEY,
    bck_id bigint,
    deleted timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deleted_run_deleted_idx ON deleted_run (deleted);

-- What backups have been whose rows are gone: how much disk they took and until when, and how their runs ended, for reports
-- that look back further than retention. Forgotten with deleted_run. No foreign keys, since what they would refer to may
-- be gone.
CREATE TABLE past_backup (
    bck_id bigint PRIMARY KEY,
    def_id bigint,
    snapshot_id bigint,
    backup_server_id integer NOT NULL,
    pgsql_node_id bigint NOT NULL,
    dbname text NOT NULL,
    started timestamptz,
    finished timestamptz NOT NULL,
    -- Of all its files.
    bytes bigint NOT NULL,
    execution_status text,
    -- The beginning of it.
    error_message text,
    deleted timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX past_backup_deleted_idx ON past_backup (deleted);
CREATE INDEX past_backup_finished_idx ON past_backup (finished);
