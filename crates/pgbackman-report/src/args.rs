//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use pgbackman_core::VERSION;

/// Writes a page that shows the backups of the last days: which were good, which failed and which are missing, how long they
/// took, how large they are, and when the disks will be full.
///
/// The page is one file without anything to fetch, and is replaced whole. It reads the catalogue only; the role
/// pgbackman_role_ro may do that.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_report", version = VERSION)]
pub struct Args {
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the page is written; - is standard output
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
    /// How many days the page looks back
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub days: u16,
    /// Only backup servers with this ID or FQDN; may be given several times
    #[arg(long, value_name = "SERVER")]
    pub server: Vec<String>,
    /// Only PgSQL nodes with this ID, FQDN or FQDN:port; may be given several times
    #[arg(long, value_name = "NODE")]
    pub node: Vec<String>,
    /// So many backup definitions are shown one by one, those with trouble first; the others are counted
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    pub limit: u32,
    /// The time zone of the page (default: the backup servers', where they have one in common, else UTC)
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}
