//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use pgbackman_core::VERSION;

/// Deletes what has outlived its retention, and imports results that wait.
///
/// It runs as the user who runs the jobs (started as root, it becomes that user before anything else). TERM and INT end it;
/// HUP begins a pass at once; the configuration file is read only at start.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_maintenance", version = VERSION)]
pub(crate) struct Args {
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Make one pass and leave; fails if anything could not be done
    #[arg(long)]
    pub(crate) cron: bool,
    /// Say what a pass would delete, and why, and leave; nothing is changed
    #[arg(long, conflicts_with = "cron")]
    pub(crate) dry_run: bool,
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}
