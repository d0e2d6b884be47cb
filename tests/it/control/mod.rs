//! `pgbackman_control`: reconciliation, crontabs, directories, caches, kills.

mod support;

mod catalogue_away;
mod crontab_lines;
mod crontabs;
mod deletions;
mod directories;
mod kills;
mod service;
mod user_crontab;
