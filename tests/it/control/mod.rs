//! `pgbackman_control`: reconciliation, crontabs, directories, caches, kills.
