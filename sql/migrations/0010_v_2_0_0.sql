-- From 2, 3, 4 (v_1_1_0, v_1_2_0, v_1_3_0) and the fork's 5 to 10 (v_2_0_0). Those differ in rows only, which data/ adds.
-- What is made here is described in schema/.

-- 1.x programs that are at work now are waited for, and none begins before this is done; afterwards their functions are
-- gone, and what their last dumps have to say waits in pending_updates.
LOCK TABLE
    backup_server, pgsql_node, backup_server_config, pgsql_node_config, backup_definition, snapshot_definition,
    backup_catalog, restore_definition, restore_catalog, job_queue, pgsql_node_to_delete, pgsql_node_stopped,
    catalog_entries_to_delete, restore_logs_to_delete, alerts, pgbackman_version
IN ACCESS EXCLUSIVE MODE;

-- Servers and nodes
ALTER TABLE backup_server
    ADD COLUMN fqdn text GENERATED ALWAYS AS (
        CASE WHEN right(hostname, 1) = '.' THEN left(hostname, -1) ELSE hostname END
        || CASE WHEN domain_name = '' THEN '' ELSE '.' || domain_name END
    ) STORED,
    ADD COLUMN at_token text,
    ADD COLUMN machine_time_zone text;
ALTER TABLE pgsql_node
    ADD COLUMN system_identifier text,
    ADD COLUMN fqdn text GENERATED ALWAYS AS (
        CASE WHEN right(hostname, 1) = '.' THEN left(hostname, -1) ELSE hostname END
        || CASE WHEN domain_name = '' THEN '' ELSE '.' || domain_name END
    ) STORED,
    ADD COLUMN status_since timestamptz;

CREATE TABLE former_backup_directory (
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    path text NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pgsql_node_id, path)
);
CREATE TABLE former_crontab_file (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    pgsql_node_id bigint NOT NULL,
    path text NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (backup_server_id, pgsql_node_id, path)
);

-- Definitions
ALTER TABLE backup_definition
    ADD COLUMN datoid oid,
    ADD COLUMN problem text,
    ADD COLUMN keep_daily integer,
    ADD COLUMN keep_weekly integer,
    ADD COLUMN keep_monthly integer,
    ADD COLUMN keep_yearly integer,
    ADD COLUMN missing_passes integer NOT NULL DEFAULT 0;
ALTER TABLE snapshot_definition ADD COLUMN problem text;

-- Catalogue
ALTER TABLE backup_catalog
    ADD COLUMN run_uuid uuid,
    ADD COLUMN datoid oid,
    ADD COLUMN manifest_file text,
    ADD COLUMN encrypted boolean,
    ADD COLUMN pinned_until timestamptz,
    ADD COLUMN pinned_reason text,
    ADD COLUMN run_context jsonb,
    ADD COLUMN deleting_since timestamptz;
ALTER TABLE backup_catalog ADD CONSTRAINT backup_catalog_origin_check
    CHECK (num_nonnulls(def_id, snapshot_id) = 1) NOT VALID;
DROP INDEX IF EXISTS backup_catalog_def_id_idx, backup_catalog_backup_server_id_idx, backup_catalog_pgsql_node_id_idx,
    backup_catalog_dbname_idx;
CREATE INDEX IF NOT EXISTS backup_catalog_snapshot_id_idx ON backup_catalog (snapshot_id);
CREATE UNIQUE INDEX backup_catalog_run_uuid_idx ON backup_catalog (run_uuid);
CREATE INDEX backup_catalog_finished_idx ON backup_catalog (finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_def_id_idx ON backup_catalog (def_id, finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_backup_server_id_idx
    ON backup_catalog (backup_server_id, finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_pgsql_node_id_idx ON backup_catalog (pgsql_node_id, finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_dbname_idx ON backup_catalog (dbname, finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_not_succeeded_idx
    ON backup_catalog (execution_status, finished DESC NULLS LAST, bck_id DESC) WHERE execution_status <> 'SUCCEEDED';
CREATE INDEX backup_catalog_deleting_idx ON backup_catalog (backup_server_id, bck_id) WHERE deleting_since IS NOT NULL;
-- Which backups name a file: two rows of 1.x may name the same (trap 29b). Hashes, since paths are long. Without a list of
-- pending entries, which each look into the index would have to read.
CREATE INDEX backup_catalog_files_idx ON backup_catalog USING gin ((ARRAY[
    hashtext(pg_dump_file), hashtext(pg_dump_log_file), hashtext(pg_dump_roles_file), hashtext(pg_dump_roles_log_file),
    hashtext(pg_dump_dbconfig_file), hashtext(pg_dump_dbconfig_log_file), hashtext(manifest_file)
])) WITH (fastupdate = off);

CREATE INDEX restore_definition_bck_id_idx ON restore_definition (bck_id);
ALTER TABLE restore_catalog ADD COLUMN run_uuid uuid;
ALTER TABLE restore_catalog ADD COLUMN revision integer;
CREATE UNIQUE INDEX restore_catalog_run_uuid_idx ON restore_catalog (run_uuid);
CREATE INDEX restore_catalog_finished_idx ON restore_catalog (finished DESC NULLS LAST, restore_id DESC);
CREATE INDEX alerts_bck_id_idx ON alerts (bck_id);
ALTER TABLE alerts ALTER COLUMN bck_id DROP NOT NULL, ALTER COLUMN pgsql_node_id DROP NOT NULL;
ALTER TABLE alerts
    ADD COLUMN condition text,
    ADD COLUMN condition_since timestamptz,
    ADD COLUMN resolved timestamptz,
    ADD COLUMN resolution text,
    ADD COLUMN planned timestamptz;
-- Of what 1.x has sent nothing more is told.
UPDATE alerts SET planned = registered, resolved = registered WHERE alert_sent;
CREATE UNIQUE INDEX alerts_condition_idx ON alerts (condition) WHERE resolved IS NULL;
CREATE INDEX alerts_conditions_idx ON alerts (condition, condition_since);
CREATE INDEX alerts_open_idx ON alerts (alert_type, ref_id) WHERE resolved IS NULL;
CREATE INDEX alerts_planned_idx ON alerts (alert_id) WHERE planned IS NULL;

-- Queues
CREATE UNIQUE INDEX job_queue_id_idx ON job_queue (id);
ALTER TABLE pgsql_node_to_delete
    ADD COLUMN pgsql_node_fqdn text,
    ADD COLUMN pgnode_crontab_file text,
    ADD COLUMN pgnode_backup_partition text,
    ADD COLUMN former_backup_partitions text[];
ALTER TABLE catalog_entries_to_delete
    ADD COLUMN pgsql_node_id bigint,
    ADD COLUMN manifest_file text,
    ADD COLUMN snapshot_id bigint,
    ALTER COLUMN def_id DROP NOT NULL;

-- Runs
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
    objects_done bigint,
    objects_total bigint,
    CONSTRAINT run_in_progress_origin_check CHECK (num_nonnulls(def_id, snapshot_id, restore_def) = 1)
);
CREATE INDEX run_in_progress_def_id_idx ON run_in_progress (def_id);
CREATE UNIQUE INDEX run_in_progress_snapshot_id_idx ON run_in_progress (snapshot_id);
CREATE UNIQUE INDEX run_in_progress_restore_def_idx ON run_in_progress (restore_def);
CREATE INDEX run_in_progress_backup_server_id_idx ON run_in_progress (backup_server_id);

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

CREATE TABLE pgsql_node_question (
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('another_cluster', 'most_missing', 'another_directory')),
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    registered timestamptz NOT NULL DEFAULT now(),
    question text NOT NULL,
    accepted timestamptz,
    PRIMARY KEY (backup_server_id, pgsql_node_id, kind)
);

CREATE TABLE deleted_run (
    run_uuid uuid PRIMARY KEY,
    bck_id bigint,
    deleted timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deleted_run_deleted_idx ON deleted_run (deleted);

-- Databases of nodes
CREATE TABLE node_database (
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    dbname text NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    gone timestamptz,
    PRIMARY KEY (pgsql_node_id, dbname)
);

CREATE TABLE backup_directory_mark (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    path text NOT NULL,
    mark uuid NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (backup_server_id, pgsql_node_id, path)
);
CREATE INDEX backup_directory_mark_pgsql_node_id_idx ON backup_directory_mark (pgsql_node_id);

-- What backups have been
CREATE TABLE past_backup (
    bck_id bigint PRIMARY KEY,
    def_id bigint,
    snapshot_id bigint,
    backup_server_id integer NOT NULL,
    pgsql_node_id bigint NOT NULL,
    dbname text NOT NULL,
    started timestamptz,
    finished timestamptz NOT NULL,
    bytes bigint NOT NULL,
    execution_status text,
    error_message text,
    deleted timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX past_backup_deleted_idx ON past_backup (deleted);
CREATE INDEX past_backup_finished_idx ON past_backup (finished);

-- Clones
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
    snapshot_id bigint REFERENCES snapshot_definition (snapshot_id) ON DELETE SET NULL,
    restore_def bigint REFERENCES restore_definition (restore_def) ON DELETE SET NULL,
    execution_status text REFERENCES job_execution_status (code) ON DELETE RESTRICT,
    error_message text,
    finished timestamptz
);
CREATE INDEX clone_definition_backup_server_id_idx ON clone_definition (backup_server_id);
CREATE INDEX clone_definition_pgsql_node_id_idx ON clone_definition (pgsql_node_id);
CREATE INDEX clone_definition_target_pgsql_node_id_idx ON clone_definition (target_pgsql_node_id);
CREATE INDEX clone_definition_snapshot_id_idx ON clone_definition (snapshot_id);
CREATE INDEX clone_definition_restore_def_idx ON clone_definition (restore_def);

-- Signs of life and room on disk
CREATE TABLE daemon_sign_of_life (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    daemon text NOT NULL CHECK (daemon IN ('control', 'maintenance', 'alerts', 'exporter')),
    version text NOT NULL,
    procpid bigint NOT NULL,
    started timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    next_within interval NOT NULL,
    stopped timestamptz,
    facts jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (backup_server_id, daemon)
);

CREATE TABLE backup_partition_space (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    path text NOT NULL,
    total_bytes bigint NOT NULL,
    free_bytes bigint NOT NULL,
    observed timestamptz NOT NULL,
    node_ids bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (backup_server_id, path)
);

CREATE TABLE backup_partition_space_history (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    path text NOT NULL,
    day date NOT NULL,
    total_bytes bigint NOT NULL,
    free_bytes bigint NOT NULL,
    least_free_bytes bigint NOT NULL,
    PRIMARY KEY (backup_server_id, path, day)
);

-- Alerts
CREATE TABLE alert_delivery (
    alert_id bigint NOT NULL REFERENCES alerts (alert_id) ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('smtp', 'webhook', 'command')),
    message text NOT NULL CHECK (message IN ('raised', 'resolved')),
    planned timestamptz NOT NULL,
    planned_by integer REFERENCES backup_server (server_id) ON DELETE SET NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt timestamptz NOT NULL,
    last_error text,
    sent timestamptz,
    claim uuid,
    claimed_until timestamptz,
    resolution_told boolean NOT NULL DEFAULT false,
    PRIMARY KEY (alert_id, channel, message)
);
CREATE INDEX alert_delivery_waiting_idx ON alert_delivery (channel, next_attempt) WHERE sent IS NULL;
CREATE INDEX alert_delivery_claim_idx ON alert_delivery (claim) WHERE claim IS NOT NULL;
CREATE INDEX alert_delivery_unresolved_idx ON alert_delivery (alert_id) WHERE message = 'raised' AND NOT resolution_told;

CREATE TABLE definition_last_run (
    def_id bigint PRIMARY KEY REFERENCES backup_definition (def_id) ON DELETE CASCADE,
    started timestamptz NOT NULL
);
INSERT INTO definition_last_run (def_id, started)
SELECT def_id, max(started) FROM backup_catalog WHERE def_id IS NOT NULL AND started IS NOT NULL GROUP BY def_id;

INSERT INTO pgbackman_version (version, tag) VALUES (10, 'v_2_0_0');
