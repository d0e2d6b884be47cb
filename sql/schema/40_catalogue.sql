-- What was backed up and restored, and the alerts about it.

CREATE TABLE backup_catalog (
    bck_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    def_id bigint REFERENCES backup_definition (def_id) MATCH FULL ON DELETE RESTRICT,
    snapshot_id bigint REFERENCES snapshot_definition (snapshot_id) MATCH FULL ON DELETE RESTRICT,
    procpid integer,
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) MATCH FULL ON DELETE RESTRICT,
    pgsql_node_id integer NOT NULL REFERENCES pgsql_node (node_id) MATCH FULL ON DELETE RESTRICT,
    dbname text NOT NULL,
    started timestamptz,
    finished timestamptz,
    duration interval,
    pg_dump_file text,
    pg_dump_file_size bigint,
    pg_dump_log_file text,
    pg_dump_roles_file text,
    pg_dump_roles_file_size bigint,
    pg_dump_roles_log_file text,
    pg_dump_dbconfig_file text,
    pg_dump_dbconfig_file_size bigint,
    pg_dump_dbconfig_log_file text,
    global_log_file text NOT NULL,
    execution_status text REFERENCES job_execution_status (code) MATCH FULL ON DELETE RESTRICT,
    execution_method text REFERENCES job_execution_method (code) MATCH FULL ON DELETE RESTRICT,
    error_message text,
    role_list text[],
    pgsql_node_release text,
    pg_dump_release text,
    checksum text,
    dbname_size bigint,
    -- Since 2.0; NULL in rows of 1.x.
    run_uuid uuid,
    datoid oid,
    manifest_file text,
    encrypted boolean,
    -- Kept until then whatever its retention says.
    pinned_until timestamptz,
    pinned_reason text,
    -- Server, node and definition as they were at run time.
    run_context jsonb,
    -- Maintenance has begun to delete its files: it counts as a backup no longer, and goes when they are gone.
    deleting_since timestamptz,
    -- When its server last looked at its files, what it found, and what is wrong. execution_status stays what the run was.
    files_looked_at timestamptz,
    files_state text CONSTRAINT backup_catalog_files_state_check
        CHECK (files_state IN ('whole', 'damaged', 'not looked at')),
    files_problem text,
    -- Since when it has been found in this state.
    files_since timestamptz
);
-- 1.x did not enforce it, and none of its rows is rejected: hence NOT VALID, here too, for equality.
ALTER TABLE backup_catalog ADD CONSTRAINT backup_catalog_origin_check
    CHECK (num_nonnulls(def_id, snapshot_id) = 1) NOT VALID;
-- One row per run, however often its result arrives.
CREATE UNIQUE INDEX backup_catalog_run_uuid_idx ON backup_catalog (run_uuid);
-- Newest first: of all, of a definition, a server, a node, a database, and what failed. They serve the foreign keys, too.
CREATE INDEX backup_catalog_finished_idx ON backup_catalog (finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_def_id_idx ON backup_catalog (def_id, finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_snapshot_id_idx ON backup_catalog (snapshot_id);
CREATE INDEX backup_catalog_backup_server_id_idx
    ON backup_catalog (backup_server_id, finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_pgsql_node_id_idx ON backup_catalog (pgsql_node_id, finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_dbname_idx ON backup_catalog (dbname, finished DESC NULLS LAST, bck_id DESC);
CREATE INDEX backup_catalog_not_succeeded_idx
    ON backup_catalog (execution_status, finished DESC NULLS LAST, bck_id DESC) WHERE execution_status <> 'SUCCEEDED';
CREATE INDEX backup_catalog_not_whole_idx ON backup_catalog (backup_server_id, pgsql_node_id) WHERE files_state <> 'whole';
CREATE INDEX backup_catalog_deleting_idx ON backup_catalog (backup_server_id, bck_id) WHERE deleting_since IS NOT NULL;
-- Which backups name a file: two rows of 1.x may name the same (trap 29b). Hashes, since paths are long. Without a list of
-- pending entries, which each look into the index would have to read.
CREATE INDEX backup_catalog_files_idx ON backup_catalog USING gin ((ARRAY[
    hashtext(pg_dump_file), hashtext(pg_dump_log_file), hashtext(pg_dump_roles_file), hashtext(pg_dump_roles_log_file),
    hashtext(pg_dump_dbconfig_file), hashtext(pg_dump_dbconfig_log_file), hashtext(manifest_file)
])) WITH (fastupdate = off);

CREATE TABLE restore_definition (
    restore_def bigserial NOT NULL UNIQUE,
    registered timestamptz NOT NULL DEFAULT now(),
    bck_id bigint NOT NULL REFERENCES backup_catalog (bck_id) MATCH FULL ON DELETE CASCADE,
    roles_to_restore text[],
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) MATCH FULL ON DELETE CASCADE,
    target_pgsql_node_id integer NOT NULL REFERENCES pgsql_node (node_id) MATCH FULL ON DELETE CASCADE,
    target_dbname text NOT NULL,
    renamed_dbname text,
    extra_restore_parameters text,
    at_time timestamptz NOT NULL DEFAULT now(),
    status text DEFAULT 'WAITING' REFERENCES at_definition_status (code) MATCH FULL ON DELETE RESTRICT,
    error_message text,
    remarks text,
    PRIMARY KEY (target_pgsql_node_id, target_dbname, at_time)
);
CREATE INDEX restore_definition_backup_server_id_idx ON restore_definition (backup_server_id);
CREATE INDEX restore_definition_target_pgsql_node_id_idx ON restore_definition (target_pgsql_node_id);
CREATE INDEX restore_definition_target_dbname_idx ON restore_definition (target_dbname);
CREATE INDEX restore_definition_bck_id_idx ON restore_definition (bck_id);

CREATE TABLE restore_catalog (
    restore_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    restore_def bigint REFERENCES restore_definition (restore_def) MATCH FULL ON DELETE CASCADE,
    procpid integer,
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) MATCH FULL ON DELETE CASCADE,
    target_pgsql_node_id integer NOT NULL REFERENCES pgsql_node (node_id) MATCH FULL ON DELETE CASCADE,
    source_dbname text NOT NULL,
    target_dbname text NOT NULL,
    renamed_dbname text,
    started timestamptz,
    finished timestamptz,
    duration interval,
    restore_log_file text,
    global_log_file text NOT NULL,
    execution_status text REFERENCES job_execution_status (code) MATCH FULL ON DELETE RESTRICT,
    error_message text,
    role_list text[],
    target_pgsql_node_release text,
    backup_pg_release text,
    -- Since 2.0; NULL in rows of 1.x.
    run_uuid uuid,
    -- How often what is said of it has changed since: a target that was put right later.
    revision integer
);
CREATE UNIQUE INDEX restore_catalog_run_uuid_idx ON restore_catalog (run_uuid);
CREATE INDEX restore_catalog_restore_def_idx ON restore_catalog (restore_def);
CREATE INDEX restore_catalog_backup_server_id_idx ON restore_catalog (backup_server_id);
CREATE INDEX restore_catalog_target_pgsql_node_id_idx ON restore_catalog (target_pgsql_node_id);
CREATE INDEX restore_catalog_source_dbname_idx ON restore_catalog (source_dbname);
CREATE INDEX restore_catalog_target_dbname_idx ON restore_catalog (target_dbname);
CREATE INDEX restore_catalog_finished_idx ON restore_catalog (finished DESC NULLS LAST, restore_id DESC);

CREATE TABLE alerts (
    alert_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    alert_type text NOT NULL REFERENCES alert_type (code) MATCH FULL ON DELETE RESTRICT,
    ref_id bigint NOT NULL,
    -- NULL for what is about a node and not about a backup.
    bck_id bigint REFERENCES backup_catalog (bck_id) MATCH FULL ON DELETE CASCADE,
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) MATCH FULL ON DELETE CASCADE,
    -- NULL for what is about a backup server.
    pgsql_node_id integer REFERENCES pgsql_node (node_id) MATCH FULL ON DELETE CASCADE,
    dbname text NOT NULL,
    execution_status text REFERENCES job_execution_status (code) MATCH FULL ON DELETE RESTRICT,
    error_message text,
    sendto text NOT NULL,
    alert_sent boolean DEFAULT false,
    -- Since 2.0; NULL where the alert is about one run. What the alert is about, as long as it lasts, and since when.
    condition text,
    condition_since timestamptz,
    -- When it ended, and how that is known.
    resolved timestamptz,
    resolution text,
    -- When an alerts daemon saw it, and said by which ways it is to be sent (alert_delivery).
    planned timestamptz
);
-- A condition is told once as long as it lasts.
CREATE UNIQUE INDEX alerts_condition_idx ON alerts (condition) WHERE resolved IS NULL;
CREATE INDEX alerts_conditions_idx ON alerts (condition, condition_since);
CREATE INDEX alerts_open_idx ON alerts (alert_type, ref_id) WHERE resolved IS NULL;
CREATE INDEX alerts_planned_idx ON alerts (alert_id) WHERE planned IS NULL;
CREATE INDEX alerts_alert_sent_idx ON alerts (alert_sent);
CREATE INDEX alerts_registered_idx ON alerts (registered);
CREATE INDEX alerts_bck_id_idx ON alerts (bck_id);
