//! `pgbackman_control`: reconciliation, crontabs, directories, caches, kills.

mod support;

mod crontab_lines;
mod crontabs;
