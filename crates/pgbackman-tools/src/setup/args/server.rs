//! The command lines of `pgbackman_setup server` and `pgbackman_setup node`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

/// Default directory of a private catalogue (`--embedded` without a value).
const CATALOGUE_DIRECTORY: &str = "/var/lib/pgbackman-catalogue";

/// Sets up this machine as a backup server, or checks it.
///
/// Creates whatever is missing and reports it: the job user, directories, settings in the configuration, a private catalogue
/// (with --embedded), this server's entry in the catalogue, and the services, which it enables and starts. It does not change
/// what exists. Finally it checks everything.
#[derive(Debug, ClapArgs)]
pub(in crate::setup) struct ServerArgs {
    /// Change nothing: check everything that backups depend on, and report OK, WARNING or ERROR with the remedy. The
    /// exit status is 0, 8 after a warning, or 1 after an error
    #[arg(long, conflicts_with_all = ["dry_run", "embedded", "os_user", "backup_server", "backup_root", "no_start"])]
    pub(in crate::setup) check: bool,

    /// Format of the results
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(in crate::setup) format: Format,

    /// Print what would be done, without changing anything
    #[arg(long)]
    pub(in crate::setup) dry_run: bool,

    /// Create a private PostgreSQL cluster for the catalogue in DIR [default: /var/lib/pgbackman-catalogue], and use it
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = CATALOGUE_DIRECTORY)]
    pub(in crate::setup) embedded: Option<PathBuf>,

    /// User who runs the jobs and owns the backups [default: os_user of the configuration]
    #[arg(long, value_name = "USER")]
    pub(in crate::setup) os_user: Option<String>,

    /// Name of this backup server in the catalogue [default: that of the configuration, else this machine's fully
    /// qualified name]
    #[arg(long, value_name = "FQDN")]
    pub(in crate::setup) backup_server: Option<String>,

    /// Directory for the backups [default: backup_roots of the configuration]
    #[arg(long, value_name = "DIR")]
    pub(in crate::setup) backup_root: Option<PathBuf>,

    /// Neither enable nor start the services
    #[arg(long)]
    pub(in crate::setup) no_start: bool,
}

/// Output format of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::setup) enum Format {
    /// One line per check, followed by the remedy.
    Text,
    /// A JSON document.
    Json,
}

/// Registers a PostgreSQL server, and nightly backups of all its databases on this backup server.
///
/// First checks that the job user can connect to the server, and that client programs for its version are installed.
/// If a check fails, nothing is registered. Prints the shell commands that it runs.
#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("place").args(["host", "local"]).required(true))]
pub(in crate::setup) struct NodeArgs {
    /// Name or address of the server, or the directory of its Unix socket
    #[arg(value_name = "HOST")]
    pub(in crate::setup) host: Option<String>,

    /// Use the server on this machine, through its socket in /var/run/postgresql. If root runs this, a role for the
    /// job user is created if it is missing
    #[arg(long, conflicts_with = "user")]
    pub(in crate::setup) local: bool,

    /// Port of the server
    #[arg(long, value_name = "PORT", default_value_t = 5432)]
    pub(in crate::setup) port: u16,

    /// Role that takes the backups [default: postgres]
    #[arg(long, value_name = "ROLE")]
    pub(in crate::setup) user: Option<String>,

    /// Take a first backup of each database now: snapshots, kept for 7 days
    #[arg(long)]
    pub(in crate::setup) now: bool,

    /// Wait for these first backups, and report their results
    #[arg(long, requires = "now")]
    pub(in crate::setup) wait: bool,
}
