//! `pgbackman_setup`, which creates, completes and upgrades the catalogue and the backup server.
#![forbid(unsafe_code)]

pub mod setup;

pub use setup::{command_line, main};
