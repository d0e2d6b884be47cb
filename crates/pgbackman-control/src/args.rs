//! The command line.

use std::path::PathBuf;

use clap::Parser;
use pgbackman_core::VERSION;

/// Keeps this backup server's crontabs, directories and caches consistent with the catalogue.
///
/// Runs until SIGTERM or SIGINT. SIGHUP starts a comparison with the catalogue immediately. The configuration file is read only
/// at start.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_control", version = VERSION)]
pub(crate) struct Args {
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Bring everything up to date once and exit; exit with an error if anything failed
    #[arg(long)]
    pub(crate) once: bool,
    /// Recover the dead runs below this root directory and exit; started by control as the job user
    #[arg(long, value_name = "ROOT", hide = true, conflicts_with = "once")]
    pub(crate) recover_runs: Option<PathBuf>,
}
