SELECT pg_catalog.unnest(polroles) FROM pg_catalog.pg_policy
