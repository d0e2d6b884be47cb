//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use pgbackman_core::VERSION;

/// Tells operators what has gone wrong, and what has not happened: by mail, to a web service, by a program.
///
/// It runs as the user who runs the jobs (started as root, it becomes that user after it has read its files). TERM and INT end
/// it; HUP begins a pass at once; the configuration file is read only at start.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_alerts", version = VERSION)]
pub(crate) struct Args {
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Make one pass and leave; fails if anything could not be sent
    #[arg(long)]
    pub(crate) once: bool,
    /// Look at the configuration, the template and the certificates, say what is wrong, and leave; nothing is sent
    #[arg(long, conflicts_with = "once")]
    pub(crate) check: bool,
    /// Send an alert that says that it is a test by every way that is configured, say what came of it, and leave
    #[arg(long, conflicts_with_all = ["once", "check"])]
    pub(crate) test: bool,
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}
