-- A catalogue database as PgBackMan 1.2 leaves it behind (schema version 3, fresh installation), for the tests of the
-- upgrade: names, types, keys and indexes are those of 1.2; views and functions have its names, columns and signatures
-- and do nothing. Everything but one function belongs to pgbackman_role_rw, as there.

CREATE TABLE server_status (
    code varchar(20) NOT NULL,
    description text,
    CONSTRAINT server_status_pkey PRIMARY KEY (code)
);
CREATE TABLE backup_code (
    code varchar(20) NOT NULL,
    description text,
    CONSTRAINT backup_code_pkey PRIMARY KEY (code)
);
CREATE TABLE job_definition_status (
    code varchar(20) NOT NULL,
    description text,
    CONSTRAINT job_definition_status_pkey PRIMARY KEY (code)
);
CREATE TABLE at_definition_status (
    code varchar(20) NOT NULL,
    description text,
    CONSTRAINT at_definition_status_pkey PRIMARY KEY (code)
);
CREATE TABLE job_execution_status (
    code varchar(20) NOT NULL,
    description text,
    CONSTRAINT job_execution_status_pkey PRIMARY KEY (code)
);
CREATE TABLE job_execution_method (
    code varchar(20) NOT NULL,
    description text,
    CONSTRAINT job_execution_method_pkey PRIMARY KEY (code)
);
CREATE TABLE alert_type (
    code varchar(20) NOT NULL,
    description text,
    CONSTRAINT alert_type_pkey PRIMARY KEY (code)
);
CREATE TABLE backup_server (
    server_id serial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    hostname text NOT NULL,
    domain_name text NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'RUNNING',
    remarks text,
    CONSTRAINT backup_server_pkey PRIMARY KEY (hostname, domain_name)
);
CREATE TABLE pgsql_node (
    node_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    hostname text NOT NULL,
    domain_name text NOT NULL,
    pgport integer NOT NULL DEFAULT 5432,
    admin_user text NOT NULL DEFAULT 'postgres',
    pg_version varchar(5),
    status varchar(20) NOT NULL DEFAULT 'STOPPED',
    remarks text,
    CONSTRAINT pgsql_node_pkey PRIMARY KEY (hostname, domain_name, pgport)
);
CREATE TABLE backup_server_default_config (
    parameter text NOT NULL,
    value text NOT NULL,
    description text,
    CONSTRAINT backup_server_default_config_pkey PRIMARY KEY (parameter)
);
CREATE TABLE pgsql_node_default_config (
    parameter text NOT NULL,
    value text NOT NULL,
    description text,
    CONSTRAINT pgsql_node_default_config_pkey PRIMARY KEY (parameter)
);
CREATE TABLE backup_server_config (
    server_id integer NOT NULL,
    parameter text NOT NULL,
    value text NOT NULL,
    description text,
    CONSTRAINT backup_server_config_pkey PRIMARY KEY (server_id, parameter)
);
CREATE TABLE pgsql_node_config (
    node_id bigint NOT NULL,
    parameter text NOT NULL,
    value text NOT NULL,
    description text,
    CONSTRAINT pgsql_node_config_pkey PRIMARY KEY (node_id, parameter)
);
CREATE TABLE backup_definition (
    def_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL,
    pgsql_node_id integer NOT NULL,
    dbname text NOT NULL,
    minutes_cron varchar(255) NOT NULL DEFAULT '*',
    hours_cron varchar(255) NOT NULL DEFAULT '*',
    day_month_cron varchar(255) NOT NULL DEFAULT '*',
    month_cron varchar(255) NOT NULL DEFAULT '*',
    weekday_cron varchar(255) NOT NULL DEFAULT '*',
    backup_code varchar(10) NOT NULL,
    encryption boolean NOT NULL DEFAULT false,
    retention_period interval NOT NULL DEFAULT '7 days',
    retention_redundancy integer NOT NULL DEFAULT 1,
    extra_backup_parameters text NOT NULL DEFAULT '',
    job_status varchar(20) NOT NULL,
    remarks text,
    CONSTRAINT backup_definition_def_id_key UNIQUE (def_id),
    CONSTRAINT backup_definition_pkey PRIMARY KEY (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, day_month_cron, month_cron, weekday_cron, backup_code, extra_backup_parameters)
);
CREATE TABLE snapshot_definition (
    snapshot_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL,
    pgsql_node_id integer NOT NULL,
    dbname text NOT NULL,
    at_time timestamptz NOT NULL DEFAULT now(),
    backup_code varchar(10) NOT NULL,
    encryption boolean NOT NULL DEFAULT false,
    retention_period interval NOT NULL DEFAULT '7 days',
    extra_backup_parameters text NOT NULL DEFAULT '',
    status text DEFAULT 'WAITING',
    remarks text,
    pg_dump_release text,
    CONSTRAINT snapshot_definition_pkey PRIMARY KEY (backup_server_id, pgsql_node_id, dbname, at_time, backup_code, extra_backup_parameters),
    CONSTRAINT snapshot_definition_snapshot_id_key UNIQUE (snapshot_id)
);
CREATE TABLE backup_catalog (
    bck_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    def_id bigint,
    snapshot_id bigint,
    procpid integer,
    backup_server_id integer NOT NULL,
    pgsql_node_id integer NOT NULL,
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
    execution_status text,
    execution_method text,
    error_message text,
    role_list text[],
    pgsql_node_release text,
    pg_dump_release text,
    checksum text,
    dbname_size bigint,
    CONSTRAINT backup_catalog_pkey PRIMARY KEY (bck_id)
);
CREATE TABLE restore_definition (
    restore_def bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    bck_id bigint NOT NULL,
    roles_to_restore text[],
    backup_server_id integer NOT NULL,
    target_pgsql_node_id integer NOT NULL,
    target_dbname text NOT NULL,
    renamed_dbname text,
    extra_restore_parameters text,
    at_time timestamptz NOT NULL DEFAULT now(),
    status text DEFAULT 'WAITING',
    error_message text,
    remarks text,
    CONSTRAINT restore_definition_pkey PRIMARY KEY (target_pgsql_node_id, target_dbname, at_time),
    CONSTRAINT restore_definition_restore_def_key UNIQUE (restore_def)
);
CREATE TABLE restore_catalog (
    restore_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    restore_def bigint,
    procpid integer,
    backup_server_id integer NOT NULL,
    target_pgsql_node_id integer NOT NULL,
    source_dbname text NOT NULL,
    target_dbname text NOT NULL,
    renamed_dbname text,
    started timestamptz,
    finished timestamptz,
    duration interval,
    restore_log_file text,
    global_log_file text NOT NULL,
    execution_status text,
    error_message text,
    role_list text[],
    target_pgsql_node_release text,
    backup_pg_release text,
    CONSTRAINT restore_catalog_pkey PRIMARY KEY (restore_id)
);
CREATE TABLE alerts (
    alert_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    alert_type text NOT NULL,
    ref_id bigint NOT NULL,
    bck_id bigint NOT NULL,
    backup_server_id integer NOT NULL,
    pgsql_node_id integer NOT NULL,
    dbname text NOT NULL,
    execution_status text,
    error_message text,
    sendto text NOT NULL,
    alert_sent boolean DEFAULT false,
    CONSTRAINT alerts_pkey PRIMARY KEY (alert_id)
);
CREATE TABLE job_queue (
    id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL,
    pgsql_node_id integer NOT NULL,
    is_assigned boolean NOT NULL DEFAULT false,
    CONSTRAINT job_queue_pkey PRIMARY KEY (backup_server_id, pgsql_node_id, is_assigned)
);
CREATE TABLE pgsql_node_to_delete (
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL,
    pgsql_node_id bigint NOT NULL,
    CONSTRAINT pgsql_node_to_delete_pkey PRIMARY KEY (backup_server_id, pgsql_node_id)
);
CREATE TABLE pgsql_node_stopped (
    registered timestamptz NOT NULL DEFAULT now(),
    pgsql_node_id bigint NOT NULL,
    CONSTRAINT pgsql_node_stopped_pkey PRIMARY KEY (pgsql_node_id)
);
CREATE TABLE catalog_entries_to_delete (
    del_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    def_id bigint NOT NULL,
    bck_id bigint NOT NULL,
    backup_server_id integer NOT NULL,
    pg_dump_file text,
    pg_dump_log_file text,
    pg_dump_roles_file text,
    pg_dump_roles_log_file text,
    pg_dump_dbconfig_file text,
    pg_dump_dbconfig_log_file text,
    CONSTRAINT catalog_entries_to_delete_pkey PRIMARY KEY (del_id)
);
CREATE TABLE restore_logs_to_delete (
    del_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer,
    restore_log_file text,
    CONSTRAINT restore_logs_to_delete_pkey PRIMARY KEY (del_id)
);
CREATE TABLE pgbackman_version (
    registered timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL,
    tag text NOT NULL,
    CONSTRAINT pgbackman_version_pkey PRIMARY KEY (version, tag)
);
CREATE INDEX alerts_alert_sent_idx ON alerts (alert_sent);
CREATE INDEX alerts_registered_idx ON alerts (registered);
CREATE INDEX backup_catalog_backup_server_id_idx ON backup_catalog (backup_server_id);
CREATE INDEX backup_catalog_dbname_idx ON backup_catalog (dbname);
CREATE INDEX backup_catalog_def_id_idx ON backup_catalog (def_id);
CREATE INDEX backup_catalog_pgsql_node_id_idx ON backup_catalog (pgsql_node_id);
CREATE INDEX backup_catalog_snapshot_id_idx ON backup_catalog (snapshot_id);
CREATE INDEX backup_definition_backup_server_id_idx ON backup_definition (backup_server_id);
CREATE INDEX backup_definition_dbname_idx ON backup_definition (dbname);
CREATE INDEX backup_definition_pgsql_node_id_idx ON backup_definition (pgsql_node_id);
CREATE UNIQUE INDEX backup_server_server_id_idx ON backup_server (server_id);
CREATE INDEX backup_server_status_idx ON backup_server (status);
CREATE INDEX catalog_entries_to_delete_backup_server_id_idx ON catalog_entries_to_delete (backup_server_id);
CREATE UNIQUE INDEX pgsql_node_node_id_idx ON pgsql_node (node_id);
CREATE INDEX pgsql_node_status_idx ON pgsql_node (status);
CREATE INDEX restore_catalog_backup_server_id_idx ON restore_catalog (backup_server_id);
CREATE INDEX restore_catalog_restore_def_idx ON restore_catalog (restore_def);
CREATE INDEX restore_catalog_source_dbname_idx ON restore_catalog (source_dbname);
CREATE INDEX restore_catalog_target_dbname_idx ON restore_catalog (target_dbname);
CREATE INDEX restore_catalog_target_pgsql_node_id_idx ON restore_catalog (target_pgsql_node_id);
CREATE INDEX restore_definition_backup_server_id_idx ON restore_definition (backup_server_id);
CREATE INDEX restore_definition_target_dbname_idx ON restore_definition (target_dbname);
CREATE INDEX restore_definition_target_pgsql_node_id_idx ON restore_definition (target_pgsql_node_id);
CREATE INDEX restore_logs_to_delete_backup_server_id_idx ON restore_logs_to_delete (backup_server_id);
CREATE INDEX snapshot_definition_backup_server_id_idx ON snapshot_definition (backup_server_id);
CREATE INDEX snapshot_definition_dbname_idx ON snapshot_definition (dbname);
CREATE INDEX snapshot_definition_pgsql_node_id_idx ON snapshot_definition (pgsql_node_id);

ALTER TABLE backup_server ADD CONSTRAINT backup_server_status_fkey
    FOREIGN KEY (status) REFERENCES server_status(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE pgsql_node ADD CONSTRAINT pgsql_node_status_fkey
    FOREIGN KEY (status) REFERENCES server_status(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_server_config ADD CONSTRAINT backup_server_config_server_id_fkey
    FOREIGN KEY (server_id) REFERENCES backup_server(server_id);
ALTER TABLE pgsql_node_config ADD CONSTRAINT pgsql_node_config_node_id_fkey
    FOREIGN KEY (node_id) REFERENCES pgsql_node(node_id);
ALTER TABLE backup_definition ADD CONSTRAINT backup_definition_backup_code_fkey
    FOREIGN KEY (backup_code) REFERENCES backup_code(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_definition ADD CONSTRAINT backup_definition_backup_server_id_fkey
    FOREIGN KEY (backup_server_id) REFERENCES backup_server(server_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_definition ADD CONSTRAINT backup_definition_job_status_fkey
    FOREIGN KEY (job_status) REFERENCES job_definition_status(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_definition ADD CONSTRAINT backup_definition_pgsql_node_id_fkey
    FOREIGN KEY (pgsql_node_id) REFERENCES pgsql_node(node_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE snapshot_definition ADD CONSTRAINT snapshot_definition_backup_code_fkey
    FOREIGN KEY (backup_code) REFERENCES backup_code(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE snapshot_definition ADD CONSTRAINT snapshot_definition_backup_server_id_fkey
    FOREIGN KEY (backup_server_id) REFERENCES backup_server(server_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE snapshot_definition ADD CONSTRAINT snapshot_definition_pgsql_node_id_fkey
    FOREIGN KEY (pgsql_node_id) REFERENCES pgsql_node(node_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE snapshot_definition ADD CONSTRAINT snapshot_definition_status_fkey
    FOREIGN KEY (status) REFERENCES at_definition_status(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_catalog ADD CONSTRAINT backup_catalog_backup_server_id_fkey
    FOREIGN KEY (backup_server_id) REFERENCES backup_server(server_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_catalog ADD CONSTRAINT backup_catalog_def_id_fkey
    FOREIGN KEY (def_id) REFERENCES backup_definition(def_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_catalog ADD CONSTRAINT backup_catalog_execution_method_fkey
    FOREIGN KEY (execution_method) REFERENCES job_execution_method(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_catalog ADD CONSTRAINT backup_catalog_execution_status_fkey
    FOREIGN KEY (execution_status) REFERENCES job_execution_status(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_catalog ADD CONSTRAINT backup_catalog_pgsql_node_id_fkey
    FOREIGN KEY (pgsql_node_id) REFERENCES pgsql_node(node_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE backup_catalog ADD CONSTRAINT backup_catalog_snapshot_id_fkey
    FOREIGN KEY (snapshot_id) REFERENCES snapshot_definition(snapshot_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE restore_definition ADD CONSTRAINT restore_definition_backup_server_id_fkey
    FOREIGN KEY (backup_server_id) REFERENCES backup_server(server_id) MATCH FULL ON DELETE CASCADE;
ALTER TABLE restore_definition ADD CONSTRAINT restore_definition_bck_id_fkey
    FOREIGN KEY (bck_id) REFERENCES backup_catalog(bck_id) MATCH FULL ON DELETE CASCADE;
ALTER TABLE restore_definition ADD CONSTRAINT restore_definition_status_fkey
    FOREIGN KEY (status) REFERENCES at_definition_status(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE restore_definition ADD CONSTRAINT restore_definition_target_pgsql_node_id_fkey
    FOREIGN KEY (target_pgsql_node_id) REFERENCES pgsql_node(node_id) MATCH FULL ON DELETE CASCADE;
ALTER TABLE restore_catalog ADD CONSTRAINT restore_catalog_backup_server_id_fkey
    FOREIGN KEY (backup_server_id) REFERENCES backup_server(server_id) MATCH FULL ON DELETE CASCADE;
ALTER TABLE restore_catalog ADD CONSTRAINT restore_catalog_execution_status_fkey
    FOREIGN KEY (execution_status) REFERENCES job_execution_status(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE restore_catalog ADD CONSTRAINT restore_catalog_restore_def_fkey
    FOREIGN KEY (restore_def) REFERENCES restore_definition(restore_def) MATCH FULL ON DELETE CASCADE;
ALTER TABLE restore_catalog ADD CONSTRAINT restore_catalog_target_pgsql_node_id_fkey
    FOREIGN KEY (target_pgsql_node_id) REFERENCES pgsql_node(node_id) MATCH FULL ON DELETE CASCADE;
ALTER TABLE alerts ADD CONSTRAINT alerts_alert_type_fkey
    FOREIGN KEY (alert_type) REFERENCES alert_type(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE alerts ADD CONSTRAINT alerts_backup_server_id_fkey
    FOREIGN KEY (backup_server_id) REFERENCES backup_server(server_id) MATCH FULL ON DELETE CASCADE;
ALTER TABLE alerts ADD CONSTRAINT alerts_bck_id_fkey
    FOREIGN KEY (bck_id) REFERENCES backup_catalog(bck_id) MATCH FULL ON DELETE CASCADE;
ALTER TABLE alerts ADD CONSTRAINT alerts_execution_status_fkey
    FOREIGN KEY (execution_status) REFERENCES job_execution_status(code) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE alerts ADD CONSTRAINT alerts_pgsql_node_id_fkey
    FOREIGN KEY (pgsql_node_id) REFERENCES pgsql_node(node_id) MATCH FULL ON DELETE CASCADE;
ALTER TABLE job_queue ADD CONSTRAINT job_queue_backup_server_id_fkey
    FOREIGN KEY (backup_server_id) REFERENCES backup_server(server_id) MATCH FULL ON DELETE RESTRICT;
ALTER TABLE job_queue ADD CONSTRAINT job_queue_pgsql_node_id_fkey
    FOREIGN KEY (pgsql_node_id) REFERENCES pgsql_node(node_id) MATCH FULL ON DELETE RESTRICT;
