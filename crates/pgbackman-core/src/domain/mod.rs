//! Pure values and rules: no clock, no file, no SQL, no process.
#![forbid(unsafe_code)]

pub mod backup;
pub mod catalogue_server;
pub mod ids;
pub mod locale;
pub mod node;
pub mod pg_stage;
pub mod pg_version;
pub mod restore;
pub mod schedule;
pub mod server;
pub mod status;
pub mod text;
