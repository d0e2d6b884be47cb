-- What is backed up, when, and for how long: by cron (definitions) and once by at (snapshots).

CREATE TABLE backup_definition (
    def_id bigserial NOT NULL UNIQUE,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) MATCH FULL ON DELETE RESTRICT,
    pgsql_node_id integer NOT NULL REFERENCES pgsql_node (node_id) MATCH FULL ON DELETE RESTRICT,
    dbname text NOT NULL,
    minutes_cron varchar(255) NOT NULL DEFAULT '*',
    hours_cron varchar(255) NOT NULL DEFAULT '*',
    day_month_cron varchar(255) NOT NULL DEFAULT '*',
    month_cron varchar(255) NOT NULL DEFAULT '*',
    weekday_cron varchar(255) NOT NULL DEFAULT '*',
    backup_code varchar(10) NOT NULL REFERENCES backup_code (code) MATCH FULL ON DELETE RESTRICT,
    encryption boolean NOT NULL DEFAULT false,
    retention_period interval NOT NULL DEFAULT '7 days',
    retention_redundancy integer NOT NULL DEFAULT 1,
    extra_backup_parameters text NOT NULL DEFAULT '',
    job_status varchar(20) NOT NULL REFERENCES job_definition_status (code) MATCH FULL ON DELETE RESTRICT,
    remarks text,
    -- Since 2.0. The database's OID on the node: tells one that was dropped and made again.
    datoid oid,
    -- Since 2.0. Why its line is not in the crontab, where it is not.
    problem text,
    -- Since 2.0. The rotation: of how many days, weeks, months and years the newest SUCCEEDED backup is kept.
    keep_daily integer,
    keep_weekly integer,
    keep_monthly integer,
    keep_yearly integer,
    -- Since 2.0. In how many passes of maintenance in a row the node did not list the database.
    missing_passes integer NOT NULL DEFAULT 0,
    -- Since 2.0. How often a failed run is tried again, and how long after its end.
    retry_times integer,
    retry_after interval,
    PRIMARY KEY (
        backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, day_month_cron, month_cron, weekday_cron,
        backup_code, extra_backup_parameters
    )
);
CREATE INDEX backup_definition_backup_server_id_idx ON backup_definition (backup_server_id);
CREATE INDEX backup_definition_pgsql_node_id_idx ON backup_definition (pgsql_node_id);
CREATE INDEX backup_definition_dbname_idx ON backup_definition (dbname);

CREATE TABLE snapshot_definition (
    snapshot_id bigserial NOT NULL UNIQUE,
    registered timestamptz NOT NULL DEFAULT now(),
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) MATCH FULL ON DELETE RESTRICT,
    pgsql_node_id integer NOT NULL REFERENCES pgsql_node (node_id) MATCH FULL ON DELETE RESTRICT,
    dbname text NOT NULL,
    at_time timestamptz NOT NULL DEFAULT now(),
    backup_code varchar(10) NOT NULL REFERENCES backup_code (code) MATCH FULL ON DELETE RESTRICT,
    encryption boolean NOT NULL DEFAULT false,
    retention_period interval NOT NULL DEFAULT '7 days',
    extra_backup_parameters text NOT NULL DEFAULT '',
    status text DEFAULT 'WAITING' REFERENCES at_definition_status (code) MATCH FULL ON DELETE RESTRICT,
    remarks text,
    pg_dump_release text,
    -- Since 2.0. Why it could not be given to at.
    problem text,
    PRIMARY KEY (backup_server_id, pgsql_node_id, dbname, at_time, backup_code, extra_backup_parameters)
);
CREATE INDEX snapshot_definition_backup_server_id_idx ON snapshot_definition (backup_server_id);
CREATE INDEX snapshot_definition_pgsql_node_id_idx ON snapshot_definition (pgsql_node_id);
CREATE INDEX snapshot_definition_dbname_idx ON snapshot_definition (dbname);
