-- Which schema this is. An upgraded catalogue has a row for each version it was of.

CREATE TABLE pgbackman_version (
    registered timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL,
    tag text NOT NULL,
    PRIMARY KEY (version, tag)
);
INSERT INTO pgbackman_version (version, tag) VALUES (13, 'v_2_0_3');
