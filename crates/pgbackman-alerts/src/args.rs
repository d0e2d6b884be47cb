//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use pgbackman_core::VERSION;

/// Notifies operators of failed backups and of backups that did not run, by mail, webhook or command.
///
/// It runs as the job user (if started as root, it switches to that user after it has read its files). TERM and INT end it; HUP
/// starts a pass immediately. The configuration file is read only at start.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_alerts", version = VERSION)]
pub(crate) struct Args {
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Run one pass and exit; exit with an error if an alert could not be sent
    #[arg(long)]
    pub(crate) once: bool,
    /// Check the configuration, the template and the certificates, report errors and exit, without sending anything
    #[arg(long, conflicts_with = "once")]
    pub(crate) check: bool,
    /// Send a test alert through every configured channel, report the results and exit
    #[arg(long, conflicts_with_all = ["once", "check"])]
    pub(crate) test: bool,
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}
