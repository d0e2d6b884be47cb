//! The command lines of `pgbackman_setup server` and `pgbackman_setup node`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

/// Where a private catalogue is made when `--embedded` names no other place.
const CATALOGUE_DIRECTORY: &str = "/var/lib/pgbackman-catalogue";

/// Sets up this machine as a backup server, or checks it.
///
/// Creates whatever is missing and reports it: the job user, directories, settings in the configuration, a private catalogue
/// (with --embedded), this server's entry in the catalogue, and the services, which it enables and starts. It does not change
/// what exists. Finally it checks everything.
#[derive(Debug, ClapArgs)]
pub(in crate::setup) struct ServerArgs {
    /// Change nothing: check everything that backups depend on, and report OK, WARNING or ERROR with what to do. The
    /// exit status is 0, 8 after a warning, 1 after an error
    #[arg(long, conflicts_with_all = ["dry_run", "embedded", "os_user", "backup_server", "backup_root", "no_start"])]
    pub(in crate::setup) check: bool,

    /// The format of the checks
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(in crate::setup) format: Format,

    /// Print what would be done, and change nothing
    #[arg(long)]
    pub(in crate::setup) dry_run: bool,

    /// Create a private PostgreSQL cluster for the catalogue in DIR [default: /var/lib/pgbackman-catalogue], and use it
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = CATALOGUE_DIRECTORY)]
    pub(in crate::setup) embedded: Option<PathBuf>,

    /// The user who runs the jobs and owns the backups [default: os_user of the configuration]
    #[arg(long, value_name = "USER")]
    pub(in crate::setup) os_user: Option<String>,

    /// The name of this backup server in the catalogue [default: that of the configuration, else this machine's fully
    /// qualified name]
    #[arg(long, value_name = "FQDN")]
    pub(in crate::setup) backup_server: Option<String>,

    /// Where backups lie [default: backup_roots of the configuration]
    #[arg(long, value_name = "DIR")]
    pub(in crate::setup) backup_root: Option<PathBuf>,

    /// Neither enable nor start the services
    #[arg(long)]
    pub(in crate::setup) no_start: bool,
}

/// How checks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::setup) enum Format {
    /// A line each, and below it what to do.
    Text,
    /// One document.
    Json,
}

/// Registers a PostgreSQL server, and nightly backups of all its databases on this backup server.
///
/// First checks that the job user can connect to it, and that client programs for its version are installed. It registers
/// nothing before that works. It shows the shell commands that it uses.
#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("place").args(["host", "local"]).required(true))]
pub(in crate::setup) struct NodeArgs {
    /// The server's name, address, or the directory of its Unix socket
    #[arg(value_name = "HOST")]
    pub(in crate::setup) host: Option<String>,

    /// The server on this machine, through its socket in /var/run/postgresql; creates a role for the job user if root runs
    /// this and there is none
    #[arg(long, conflicts_with = "user")]
    pub(in crate::setup) local: bool,

    /// Its port
    #[arg(long, value_name = "PORT", default_value_t = 5432)]
    pub(in crate::setup) port: u16,

    /// The role that takes the backups [default: postgres]
    #[arg(long, value_name = "ROLE")]
    pub(in crate::setup) user: Option<String>,

    /// Take a first backup of each database now: snapshots, kept for 7 days
    #[arg(long)]
    pub(in crate::setup) now: bool,

    /// Wait until these first backups have been taken, and report how they ended
    #[arg(long, requires = "now")]
    pub(in crate::setup) wait: bool,
}
