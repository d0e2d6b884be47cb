-- From 1 (v_1_0_0) to 2 (v_1_1_0): the tables and columns that 1.1 added. Its rows are in data/.

CREATE TABLE IF NOT EXISTS alert_type (
    code varchar(20) PRIMARY KEY,
    description text
);

CREATE TABLE IF NOT EXISTS alerts (
    alert_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    alert_type text NOT NULL REFERENCES alert_type (code) MATCH FULL ON DELETE RESTRICT,
    ref_id bigint NOT NULL,
    bck_id bigint NOT NULL REFERENCES backup_catalog (bck_id) MATCH FULL ON DELETE CASCADE,
    backup_server_id integer NOT NULL REFERENCES backup_server (server_id) MATCH FULL ON DELETE CASCADE,
    pgsql_node_id integer NOT NULL REFERENCES pgsql_node (node_id) MATCH FULL ON DELETE CASCADE,
    dbname text NOT NULL,
    execution_status text REFERENCES job_execution_status (code) MATCH FULL ON DELETE RESTRICT,
    error_message text,
    sendto text NOT NULL,
    alert_sent boolean DEFAULT false
);
CREATE INDEX IF NOT EXISTS alerts_alert_sent_idx ON alerts (alert_sent);
CREATE INDEX IF NOT EXISTS alerts_registered_idx ON alerts (registered);

ALTER TABLE snapshot_definition ADD COLUMN IF NOT EXISTS pg_dump_release text;
ALTER TABLE backup_catalog ADD COLUMN IF NOT EXISTS pg_dump_release text;

INSERT INTO pgbackman_version (version, tag) VALUES (2, 'v_1_1_0');
