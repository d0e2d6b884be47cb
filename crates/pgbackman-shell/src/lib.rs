//! `pgbackman`, the operators' shell (`docs/spec/shell.md`).
//!
//! A line becomes words ([`lexer`]), the words find a command ([`commands`]), whose declaration ([`spec`]) gives them to
//! its parameters ([`positional`]) or asks for these ([`prompt`]); the command runs with a [`shell::Shell`] and shows what
//! it has to show through [`output`].
#![forbid(unsafe_code)]

pub mod answers;
mod app;
pub mod args;
mod bulk;
pub mod catalogue;
pub mod chosen_times;
pub mod commands;
pub mod complete;
pub mod config_values;
pub mod crontab_check;
pub mod databases;
pub mod defaults;
pub mod definition_parameters;
pub mod dispatch;
pub mod error;
pub mod filters;
pub mod forced_deletion;
pub mod help;
pub mod history;
pub mod host;
pub mod input;
pub mod kind;
pub mod lexer;
pub mod list_command;
mod messages;
pub mod output;
pub mod pager;
pub mod positional;
pub mod prompt;
pub mod registration;
pub mod registry;
pub mod repl;
pub mod restore;
pub mod settings;
pub mod shell;
pub mod shortcuts;
mod show;
pub mod spec;
pub mod start;
mod terminal;

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
