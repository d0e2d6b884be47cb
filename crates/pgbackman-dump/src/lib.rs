//! `pgbackman_dump`.
#![forbid(unsafe_code)]

pub mod args;
pub mod step;

mod archive;
mod bounds;
mod cluster;
mod failure;
mod place;
mod progress;
mod seal;
mod source;
mod tool;

use std::process::ExitCode;

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    ExitCode::FAILURE
}
