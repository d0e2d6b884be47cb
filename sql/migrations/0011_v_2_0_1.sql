-- From 10 (v_2_0_0) to 11 (v_2_0_1): what was found when somebody last looked at a backup's files.

ALTER TABLE backup_catalog
    ADD COLUMN files_looked_at timestamptz,
    ADD COLUMN files_state text CONSTRAINT backup_catalog_files_state_check
        CHECK (files_state IN ('whole', 'damaged', 'not looked at')),
    ADD COLUMN files_problem text;

INSERT INTO pgbackman_version (version, tag) VALUES (11, 'v_2_0_1');
