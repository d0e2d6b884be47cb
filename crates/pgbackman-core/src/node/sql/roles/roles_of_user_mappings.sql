SELECT umuser FROM pg_catalog.pg_user_mappings
