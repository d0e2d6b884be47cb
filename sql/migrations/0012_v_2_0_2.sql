-- From 11 (v_2_0_1) to 12 (v_2_0_2): a daily look at the files of all backups.

ALTER TABLE backup_catalog ADD COLUMN files_since timestamptz;
CREATE INDEX backup_catalog_not_whole_idx ON backup_catalog (backup_server_id, pgsql_node_id) WHERE files_state <> 'whole';
UPDATE backup_catalog SET files_since = files_looked_at WHERE files_state IS NOT NULL;

CREATE TABLE file_look (
    backup_server_id integer PRIMARY KEY REFERENCES backup_server (server_id) ON DELETE CASCADE,
    begun timestamptz NOT NULL,
    reached bigint,
    not_looked_at bigint NOT NULL DEFAULT 0,
    ended timestamptz
);

INSERT INTO pgbackman_version (version, tag) VALUES (12, 'v_2_0_2');
