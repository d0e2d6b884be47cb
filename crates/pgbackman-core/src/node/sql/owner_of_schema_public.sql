SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'public'
