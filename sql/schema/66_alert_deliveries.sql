-- Since 2.0: how alerts are sent, and what is needed to see that a backup is missing.

-- One row for each alert, way of sending it, and message: that it was raised, and that it is over.
CREATE TABLE alert_delivery (
    alert_id bigint NOT NULL REFERENCES alerts (alert_id) ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('smtp', 'webhook', 'command')),
    message text NOT NULL CHECK (message IN ('raised', 'resolved')),
    planned timestamptz NOT NULL,
    -- The backup server whose daemon decided it.
    planned_by integer REFERENCES backup_server (server_id) ON DELETE SET NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt timestamptz NOT NULL,
    last_error text,
    sent timestamptz,
    -- Who is sending it, and until when nobody else does.
    claim uuid,
    claimed_until timestamptz,
    -- Of a message 'raised': that of the end is planned, or was told with it.
    resolution_told boolean NOT NULL DEFAULT false,
    PRIMARY KEY (alert_id, channel, message)
);
CREATE INDEX alert_delivery_waiting_idx ON alert_delivery (channel, next_attempt) WHERE sent IS NULL;
CREATE INDEX alert_delivery_claim_idx ON alert_delivery (claim) WHERE claim IS NOT NULL;
CREATE INDEX alert_delivery_unresolved_idx ON alert_delivery (alert_id) WHERE message = 'raised' AND NOT resolution_told;

-- When the newest run of a definition began that the catalogue was ever told of. Retention deletes the runs' rows; this stays.
CREATE TABLE definition_last_run (
    def_id bigint PRIMARY KEY REFERENCES backup_definition (def_id) ON DELETE CASCADE,
    started timestamptz NOT NULL
);
