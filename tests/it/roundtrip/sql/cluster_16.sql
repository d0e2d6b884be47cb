-- Memberships as 16 has them: options, and several grantors of one membership.
GRANT readers_group TO grantor_a WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
SET SESSION AUTHORIZATION grantor_a;
GRANT readers_group TO grantor_b WITH ADMIN TRUE, SET FALSE;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION grantor_b;
GRANT readers_group TO reader WITH INHERIT FALSE, SET TRUE;
GRANT readers_group TO chain_end WITH INHERIT TRUE, SET FALSE;
RESET SESSION AUTHORIZATION;
