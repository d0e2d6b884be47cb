-- Version 4: RDS and PostgreSQL 10, which a fresh 1.2 already has.

INSERT INTO pgbackman_version (version, tag) VALUES (4, 'v_1_3_0');
