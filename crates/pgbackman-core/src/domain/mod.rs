//! Pure values and rules: no clock, no file, no SQL, no process.
#![forbid(unsafe_code)]

pub mod at_time;
pub mod backup;
pub mod backup_needs;
pub mod catalogue_server;
pub mod cron_field;
pub mod cron_interval;
pub mod cron_start;
pub mod database_selection;
pub mod definition;
pub mod dump_estimate;
pub mod dump_job;
pub mod encoded_value;
pub mod extra_parameters;
pub mod ids;
pub mod locale;
pub mod missed_runs;
pub mod names;
pub mod node;
pub mod percent;
pub mod pg_stage;
pub mod pg_version;
pub mod restore;
pub mod restore_check;
pub mod restore_client;
mod restore_filters;
pub mod restore_job;
pub mod restore_parameters;
pub mod schedule;
pub mod schedule_runs;
pub mod selector;
pub mod server;
pub mod size;
pub mod status;
pub mod target_facts;
pub mod time_zone;
pub mod words;
