//! The command line of `pgbackman_setup`.

mod server;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use pgbackman_core::config::Environment;
use pgbackman_core::handoff::upgrade::DumpTo;

pub(super) use server::{Format, NodeArgs, ServerArgs};

/// Sets up a backup server and its catalogue, registers PgSQL nodes, upgrades the catalogue, and checks everything.
/// It is safe to repeat every command.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_setup", version = pgbackman_core::VERSION)]
pub(super) struct Args {
    /// Configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else
    /// ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(super) task: Task,
}

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    Database(DatabaseArgs),
    Embedded(EmbeddedArgs),
    Server(ServerArgs),
    Node(NodeArgs),
}

impl Task {
    /// Returns the configuration file of an existing embedded catalogue, so that a second run uses the first one's
    /// choices.
    pub(super) fn own_config(&self) -> Option<PathBuf> {
        match self {
            Self::Embedded(args) => {
                Some(args.dir.join("pgbackman.conf")).filter(|file| file.exists())
            }
            Self::Database(_) | Self::Server(_) | Self::Node(_) => None,
        }
    }
}

/// Creates or completes the catalogue's roles, database and schema on the server in [pgbackman_database].
///
/// The command connects as an administrator who may create roles and databases. As in psql, missing connection
/// settings come from a service file or PG… variables, and the password from PGPASSWORD or ~/.pgpass. Then it
/// connects as the catalogue's own role, as the programs do, and checks the catalogue.
#[derive(Debug, ClapArgs)]
pub(super) struct DatabaseArgs {
    /// Host name, address or socket directory through which the administrator connects [default: host of the
    /// configuration]
    #[arg(long, value_name = "HOST")]
    pub(super) admin_host: Option<String>,

    /// Port of the server [default: port of the configuration]
    #[arg(long, value_name = "PORT")]
    pub(super) admin_port: Option<u16>,

    /// Role of the administrator [default: PGUSER, else the name of the calling user]
    #[arg(long, value_name = "ROLE")]
    pub(super) admin_user: Option<String>,

    /// Database to connect to first [default: PGDATABASE, else postgres]
    #[arg(long, value_name = "DATABASE")]
    pub(super) admin_dbname: Option<String>,

    /// File whose first line is the password for pgbackman_role_rw. Without this option no password is set, which is
    /// correct for peer and certificate authentication. Passwords are never accepted on the command line, where every
    /// user of the machine can see them
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,

    /// File whose first line is the password for pgbackman_role_ro
    #[arg(long, value_name = "FILE")]
    pub(super) reader_password_file: Option<PathBuf>,

    /// Upgrade a catalogue of an older version; all rows are kept. Stop the older programs on all backup servers
    /// first. The catalogue is dumped before the upgrade; if the dump fails, nothing is upgraded
    #[arg(long)]
    pub(super) upgrade: bool,

    /// New file for the dump of the catalogue before an upgrade, in the format of pg_restore [default:
    /// pgbackman-catalogue-v3-20261121T101500.dump, with its version and the time, in the home directory]
    #[arg(
        long,
        value_name = "FILE",
        requires = "upgrade",
        conflicts_with = "no_dump"
    )]
    pub(super) dump_file: Option<PathBuf>,

    /// Upgrade without a dump. The upgrade then cannot be undone
    #[arg(long, requires = "upgrade")]
    pub(super) no_dump: bool,
}

impl DatabaseArgs {
    /// Whether to upgrade an older catalogue, and where to dump it first.
    pub(super) fn upgrade(&self, env: &Environment) -> Option<DumpTo> {
        self.upgrade.then(|| match &self.dump_file {
            Some(file) => DumpTo::File(file.clone()),
            None if self.no_dump => DumpTo::Nowhere,
            None => DumpTo::home(env),
        })
    }
}

/// Creates a private PostgreSQL cluster in DIR with the catalogue in it, and writes DIR/pgbackman.conf: the default for one
/// machine.
///
/// The cluster can be reached only through a Unix socket in DIR/run, with the authentication method `peer`. These users may
/// connect: root, the user who runs this command, the job user, the owner of the cluster, and those named with --allow-user.
/// The cluster runs as an unprivileged user, even if root runs this command. Nothing outside DIR changes, unless you give
/// --install-autostart.
///
/// After a reboot the server must be started again, by a systemd unit, or without systemd by a crontab line with @reboot.
/// --install-autostart writes these; without it they are only printed.
#[derive(Debug, Default, ClapArgs)]
#[command(group = clap::ArgGroup::new("action").args(["start", "stop", "status", "restart_if_updated", "upgrade_major", "undo_upgrade_major"]))]
pub(super) struct EmbeddedArgs {
    /// Directory of the cluster; if it exists, it must be empty. Keep the path short (the path of a socket is limited
    /// to 107 bytes) and accessible to the connecting users
    #[arg(long, value_name = "DIR")]
    pub(super) dir: PathBuf,

    /// Only start the server, as after a reboot
    #[arg(long)]
    pub(super) start: bool,

    /// Only stop the server
    #[arg(long)]
    pub(super) stop: bool,

    /// Only report the state of the server, and which release of PostgreSQL is running and which is installed. The
    /// exit status is 0 if the server runs and responds, and 8 if it does not run the installed release
    #[arg(long)]
    pub(super) status: bool,

    /// Restart the server if PostgreSQL's package was updated since the server was started; otherwise do nothing. If
    /// the server is a service of systemd, systemd restarts it. It is not restarted during an upgrade of the
    /// catalogue. The package and pgbackman_control run this command
    #[arg(long)]
    pub(super) restart_if_updated: bool,

    /// Move the catalogue to the newest installed major version of PostgreSQL: dump it into a new cluster, and
    /// compare the rows of both clusters. Meanwhile the catalogue is unavailable, and results remain pending. The old
    /// cluster is kept as DIR/data.pgN. Refused while backups or restores run
    #[arg(long)]
    pub(super) upgrade_major: bool,

    /// Return to the cluster that --upgrade-major kept. The catalogue loses everything that was registered since the
    /// upgrade; the newer cluster is kept too
    #[arg(long)]
    pub(super) undo_upgrade_major: bool,

    /// Directory of PostgreSQL's server programs [default: of the newest found by bin_dirs of the configuration]
    #[arg(long, value_name = "DIR")]
    pub(super) bindir: Option<PathBuf>,

    /// Port number; used only to name the Unix socket [default: 5432]
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<u16>,

    /// User who runs the server and owns its files, if root runs this command [default: os_user of the configuration
    /// if there is such a user, else postgres]
    #[arg(long, value_name = "USER")]
    pub(super) owner: Option<String>,

    /// User who runs the jobs and owns the backups, if root runs this command [default: os_user of the configuration
    /// if there is such a user, else the owner]
    #[arg(long, value_name = "USER")]
    pub(super) os_user: Option<String>,

    /// Another operating system user who may connect; may be repeated
    #[arg(long, value_name = "USER")]
    pub(super) allow_user: Vec<String>,

    /// Name of this backup server in the catalogue [default: this machine's fully qualified name]
    #[arg(long, value_name = "FQDN")]
    pub(super) backup_server: Option<String>,

    /// Directory for the backups [default: DIR/backups]
    #[arg(long, value_name = "DIR")]
    pub(super) backup_root: Option<PathBuf>,

    /// Directory for the crontabs [default: /etc/cron.d]
    #[arg(long, value_name = "DIR")]
    pub(super) crontab_dir: Option<PathBuf>,

    /// Directory of PgBackMan's programs [default: the directory of this program]
    #[arg(long, value_name = "DIR")]
    pub(super) program_dir: Option<PathBuf>,

    /// Upgrade a catalogue of an older version after dumping it into the home directory; all rows are kept
    #[arg(long)]
    pub(super) upgrade: bool,

    /// Write the file that starts the server after a reboot: to FILE, or by default where the system reads it. If the
    /// name ends in .service, the file is a systemd unit, otherwise a crontab
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    // How clap declares a flag whose value is optional.
    #[allow(clippy::option_option)]
    pub(super) install_autostart: Option<Option<PathBuf>>,

    /// Write no DIR/pgbackman.conf: `pgbackman_setup server` keeps the machine's own configuration.
    #[arg(skip)]
    pub(super) without_config: bool,
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Args;

    #[test]
    fn the_declaration_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn only_one_action_at_a_time() {
        let parse = |actions: &[&str]| {
            Args::try_parse_from(
                ["pgbackman_setup", "embedded", "--dir", "/d"]
                    .iter()
                    .chain(actions),
            )
        };
        assert!(parse(&[]).is_ok());
        assert!(parse(&["--start"]).is_ok());
        assert!(parse(&["--start", "--stop"]).is_err());
    }
}
