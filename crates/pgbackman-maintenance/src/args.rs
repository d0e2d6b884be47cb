//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use pgbackman_core::VERSION;

/// Deletes expired backups, and imports pending results.
///
/// It runs as the job user (if started as root, it switches to that user first). TERM and INT end it; HUP starts a pass
/// immediately. The configuration file is read only at start.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_maintenance", version = VERSION)]
pub(crate) struct Args {
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Run one pass and exit; exit with an error if anything failed
    #[arg(long)]
    pub(crate) cron: bool,
    /// Show what a pass would delete, and why, without changing anything
    #[arg(long, conflicts_with = "cron")]
    pub(crate) dry_run: bool,
    /// Recover the dead runs below this root directory and exit; started by a pass
    #[arg(long, value_name = "ROOT", hide = true, conflicts_with_all = ["cron", "dry_run"])]
    pub(crate) recover_runs: Option<PathBuf>,
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}
