//! `pgbackman_setup`: sets up the catalogue on a server (`database`) or in a private cluster (`embedded`), a backup
//! server (`server`), and the first definitions of a node (`node`).

mod args;
mod catalogue;
mod check;
mod database;
mod embedded;
mod first_backups;
mod inspect;
mod node;
mod server;
mod unreached;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code;
use pgbackman_core::sys::process::harden;

use args::{Args, Task};

/// The program's name for `pg_stat_activity`.
const PROGRAM: &str = "pgbackman_setup";

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    if let Err(error) = harden::keep_secrets() {
        eprintln!("[ERROR] - could not disable core files, which might contain passwords: {error}");
        return exit_code::ExitCode::Failure.into();
    }
    if let Some(code) = inspect::answering(std::env::args()) {
        return code;
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return refuse_arguments(&error),
    };
    match run(&args, &Environment::of_process()) {
        Ok(()) => exit_code::ExitCode::Success.into(),
        Err(error) => {
            eprintln!("[ERROR] - {error}");
            error.code.into()
        }
    }
}

/// `--help` and `--version` are no errors.
fn refuse_arguments(error: &clap::Error) -> ExitCode {
    // Only a closed terminal can cause an error here.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => exit_code::ExitCode::Success.into(),
        _ => exit_code::ExitCode::Usage.into(),
    }
}

fn run(args: &Args, env: &Environment) -> Result<(), ProgramError> {
    let file = args.config.clone().or_else(|| args.task.own_config());
    let config = Config::load(file.as_deref(), env)
        .map_err(|error| ProgramError::from_error(exit_code::ExitCode::Configuration, &error))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ProgramError::from_error(exit_code::ExitCode::Failure, &error))?;
    match &args.task {
        Task::Database(database) => runtime.block_on(database::run(database, &config, env)),
        Task::Embedded(embedded) => embedded::run(embedded, &config, env, &runtime),
        Task::Server(server) => server::run(server, &config, env, &runtime),
        Task::Node(node) => node::run(node, &config, env, &runtime),
    }
}

/// Prints one line about a completed step.
fn say(text: &str) {
    println!("{text}");
}

/// Creates an error with the exit code for a failure.
fn failure(message: impl Into<String>) -> ProgramError {
    ProgramError::new(exit_code::ExitCode::Failure, message)
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    <Args as clap::CommandFactory>::command()
}
