-- From 12 (v_2_0_2) to 13 (v_2_0_3): how far a run has come, an operator's request to end it, and runs that an
-- operator asked for.

ALTER TABLE run_in_progress ADD COLUMN run_id bigserial;
ALTER TABLE run_in_progress ADD COLUMN phase text;
ALTER TABLE run_in_progress ADD COLUMN bytes_done bigint;
ALTER TABLE run_in_progress ADD COLUMN bytes_expected bigint;
ALTER TABLE run_in_progress ADD COLUMN reported timestamptz;
ALTER TABLE run_in_progress ADD COLUMN cancel_requested timestamptz;
ALTER TABLE run_in_progress ADD COLUMN cancelled_by text;
CREATE UNIQUE INDEX run_in_progress_run_id_idx ON run_in_progress (run_id);

ALTER TABLE pgsql_node ADD COLUMN window_until timestamptz;
ALTER TABLE pgsql_node ADD COLUMN window_reason text;
ALTER TABLE backup_definition ADD COLUMN retry_times integer;
ALTER TABLE backup_definition ADD COLUMN retry_after interval;

CREATE TABLE requested_run (
    request_id bigserial PRIMARY KEY,
    registered timestamptz NOT NULL DEFAULT now(),
    def_id bigint NOT NULL REFERENCES backup_definition (def_id) ON DELETE CASCADE,
    requested_by text NOT NULL,
    at_time timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'WAITING' REFERENCES at_definition_status (code) MATCH FULL ON DELETE RESTRICT,
    problem text,
    run_uuid uuid,
    attempt integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX requested_run_open_idx ON requested_run (def_id) WHERE run_uuid IS NULL AND status <> 'ERROR';

INSERT INTO pgbackman_version (version, tag) VALUES (13, 'v_2_0_3');
