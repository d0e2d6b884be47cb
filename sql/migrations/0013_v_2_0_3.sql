-- From 12 (v_2_0_2) to 13 (v_2_0_3): how far a run has come, and an operator's request to end it.

ALTER TABLE run_in_progress ADD COLUMN run_id bigserial;
ALTER TABLE run_in_progress ADD COLUMN phase text;
ALTER TABLE run_in_progress ADD COLUMN bytes_done bigint;
ALTER TABLE run_in_progress ADD COLUMN bytes_expected bigint;
ALTER TABLE run_in_progress ADD COLUMN reported timestamptz;
ALTER TABLE run_in_progress ADD COLUMN cancel_requested timestamptz;
ALTER TABLE run_in_progress ADD COLUMN cancelled_by text;
CREATE UNIQUE INDEX run_in_progress_run_id_idx ON run_in_progress (run_id);

INSERT INTO pgbackman_version (version, tag) VALUES (13, 'v_2_0_3');
