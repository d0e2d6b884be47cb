//! The catalogue: tables, functions, triggers, migrations, the queue.

mod alerts;
mod backups;
mod claims;
mod clones;
mod configuration;
mod disk_space;
mod earlier_commits;
pub(crate) mod legacy;
mod migrate;
mod migrate_others;
mod missing_databases;
pub(crate) mod model;
mod node_databases;
mod planted;
mod queue;
mod reports;
mod restore_definitions;
mod retention;
mod retention_model;
mod retention_rules;
mod scale;
mod security;
mod servers;
mod snapshots;
mod windows;
