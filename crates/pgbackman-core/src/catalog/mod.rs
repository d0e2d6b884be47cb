//! The catalogue database: typed functions over the tables, views and functions of `sql/` (`docs/spec/catalogue.md`).
//!
//! Functions take any [`tokio_postgres::GenericClient`], so that a caller decides what belongs to one transaction.
//! A value never becomes part of an SQL text; it always travels as a parameter.
#![forbid(unsafe_code)]

pub mod alert_facts;
pub mod alerts;
pub mod at_jobs;
mod backup_files;
pub mod backups;
pub mod channels;
pub mod clones;
pub mod completion;
pub mod config_params;
pub mod definitions;
pub mod deletions;
pub mod directory_marks;
pub mod embedded;
pub mod error;
pub mod expired;
pub mod file_looks;
pub mod files_found;
pub mod intervals;
pub mod kept;
pub mod leftovers;
pub mod legacy_results;
pub mod lost_runs;
pub mod migrate;
pub mod missing_databases;
pub mod monitoring;
pub mod node_config;
pub mod node_databases;
pub mod nodes;
pub mod partition_space;
pub mod provision;
pub mod queue;
pub mod reports;
pub mod restorable;
pub mod restore_definitions;
pub mod restore_results;
mod rows;
pub mod run_history;
pub mod runs;
pub mod server_config;
pub mod servers;
pub mod shared_files;
pub mod signs_of_life;
pub mod snapshots;
pub mod time_zones;
pub mod version;

pub use backup_files::BackupFiles;
pub use error::{CatalogError, Refusal};
