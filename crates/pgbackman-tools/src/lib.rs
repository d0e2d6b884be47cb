//! `pgbackman_setup`, which makes and completes the catalogue.
#![forbid(unsafe_code)]

pub mod setup;

pub use setup::{command_line, main};
