-- Since 2.0: how far the daily look at the files of all backups of a backup server has come.

CREATE TABLE file_look (
    backup_server_id integer PRIMARY KEY REFERENCES backup_server (server_id) ON DELETE CASCADE,
    begun timestamptz NOT NULL,
    -- The last backup that it has looked at; NULL between two looks.
    reached bigint,
    -- How many backups of this look, or of the last one, could not be looked at.
    not_looked_at bigint NOT NULL DEFAULT 0,
    -- When the last one that went through ended.
    ended timestamptz
);
