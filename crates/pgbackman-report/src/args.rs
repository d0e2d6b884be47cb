//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use pgbackman_core::VERSION;

/// Writes a page about recent backups: which succeeded, failed or are missing, their duration and size, and when the disks will be
/// full.
///
/// The page is a single file that loads nothing else; it is replaced atomically. The program only reads the catalogue, for which
/// the role pgbackman_role_ro is sufficient.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_report", version = VERSION)]
pub struct Args {
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// File to write the page to; - for standard output
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
    /// Name of the site in the page's title (default: the domain of the backup servers if they all have the same one, otherwise the
    /// catalogue's host)
    #[arg(long, value_name = "NAME")]
    pub site: Option<String>,
    /// Number of days to show
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub days: u16,
    /// Show only backup servers with this ID or FQDN; may be repeated
    #[arg(long, value_name = "SERVER")]
    pub server: Vec<String>,
    /// Show only PgSQL nodes with this ID, FQDN or FQDN:port; may be repeated
    #[arg(long, value_name = "NODE")]
    pub node: Vec<String>,
    /// Maximum number of backup definitions to show in detail, problems first; the rest are only counted
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    pub limit: u32,
    /// Time zone of the page (default: that of the backup servers if they all have the same one, otherwise UTC)
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    Args::command()
}
