//! `pgbackman`, the operators' shell (`docs/spec/shell.md`).
//!
//! A line is split into words ([`mod@line`]), which name a command ([`commands`]). Its [`declaration`] assigns the
//! words to its parameters ([`dispatch`]) or prompts for these ([`dialogue`]). The command runs in a [`session`] and
//! writes its results through [`output`].
#![forbid(unsafe_code)]

mod app;
pub mod args;
mod bulk;
pub mod commands;
pub mod complete;
pub mod declaration;
pub mod dialogue;
pub mod dispatch;
pub mod error;
pub mod line;
pub mod output;
pub mod registration;
pub mod restore;
pub mod session;
mod terminal;
pub mod values;

/// Runs the program with this process's arguments.
pub fn main() -> std::process::ExitCode {
    app::run().into()
}

/// Runs `pgbackman-bulk-update` with this process's arguments.
pub fn bulk_update() -> std::process::ExitCode {
    bulk::run().into()
}

/// The command lines of both programs, for completion scripts and the like.
pub fn command_lines() -> [clap::Command; 2] {
    use clap::CommandFactory as _;

    [args::Args::command(), bulk::Args::command()]
}
