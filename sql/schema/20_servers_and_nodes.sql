-- Backup servers, PgSQL nodes, and their configuration.

CREATE TABLE backup_server (
    server_id serial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    hostname text NOT NULL,
    domain_name text NOT NULL,
    status varchar(20) NOT NULL DEFAULT 'RUNNING' REFERENCES server_status (code) MATCH FULL ON DELETE RESTRICT,
    remarks text,
    -- Since 2.0. The name that operators use: no domain for a name that takes none, no trailing dot.
    fqdn text GENERATED ALWAYS AS (
        CASE WHEN right(hostname, 1) = '.' THEN left(hostname, -1) ELSE hostname END
        || CASE WHEN domain_name = '' THEN '' ELSE '.' || domain_name END
    ) STORED,
    -- Since 2.0. By this control knows its own at jobs on the machine; given by the first control that needs it.
    at_token text,
    -- Since 2.0. The time zone of the machine, in which its cron reads schedules, as control has found it.
    machine_time_zone text,
    PRIMARY KEY (hostname, domain_name)
);
CREATE UNIQUE INDEX backup_server_server_id_idx ON backup_server (server_id);
CREATE INDEX backup_server_status_idx ON backup_server (status);

CREATE TABLE pgsql_node (
    node_id bigserial NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    hostname text NOT NULL,
    domain_name text NOT NULL,
    pgport integer NOT NULL DEFAULT 5432,
    admin_user text NOT NULL DEFAULT 'postgres',
    pg_version varchar(5),
    status varchar(20) NOT NULL DEFAULT 'STOPPED' REFERENCES server_status (code) MATCH FULL ON DELETE RESTRICT,
    remarks text,
    -- Since 2.0. pg_control's identifier when the node was last seen: tells another cluster under an old name.
    system_identifier text,
    fqdn text GENERATED ALWAYS AS (
        CASE WHEN right(hostname, 1) = '.' THEN left(hostname, -1) ELSE hostname END
        || CASE WHEN domain_name = '' THEN '' ELSE '.' || domain_name END
    ) STORED,
    -- Since 2.0. Since when it has its status, as far as known: nothing was due on it while it was STOPPED.
    status_since timestamptz,
    -- Since 2.0. A maintenance window: it is STOPPED until then, and RUNNING again by itself.
    window_until timestamptz,
    window_reason text,
    PRIMARY KEY (hostname, domain_name, pgport)
);
CREATE UNIQUE INDEX pgsql_node_node_id_idx ON pgsql_node (node_id);
CREATE INDEX pgsql_node_status_idx ON pgsql_node (status);

-- Copied to a server or node when it is registered. Rows: data/20_configuration.sql.
CREATE TABLE backup_server_default_config (
    parameter text PRIMARY KEY,
    value text NOT NULL,
    description text
);

CREATE TABLE pgsql_node_default_config (
    parameter text PRIMARY KEY,
    value text NOT NULL,
    description text
);

CREATE TABLE backup_server_config (
    server_id integer NOT NULL REFERENCES backup_server (server_id),
    parameter text NOT NULL,
    value text NOT NULL,
    description text,
    PRIMARY KEY (server_id, parameter)
);

CREATE TABLE pgsql_node_config (
    node_id bigint NOT NULL REFERENCES pgsql_node (node_id),
    parameter text NOT NULL,
    value text NOT NULL,
    description text,
    PRIMARY KEY (node_id, parameter)
);

-- Since 2.0: where a node's backups were before, so that retention still finds them.
CREATE TABLE former_backup_directory (
    pgsql_node_id bigint NOT NULL REFERENCES pgsql_node (node_id) ON DELETE CASCADE,
    path text NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pgsql_node_id, path)
);

-- Since 2.0: crontab files under paths no longer configured, one row for each backup server that has to remove its own.
-- No foreign key to the node: the file has to go also when the node is deleted meanwhile.
CREATE TABLE former_crontab_file (
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) ON DELETE CASCADE,
    pgsql_node_id bigint NOT NULL,
    path text NOT NULL,
    registered timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (backup_server_id, pgsql_node_id, path)
);
