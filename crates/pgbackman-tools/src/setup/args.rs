//! The command line of `pgbackman_setup`.

mod server;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use pgbackman_core::config::Environment;
use pgbackman_core::handoff::upgrade::DumpTo;

pub(super) use server::{Format, NodeArgs, ServerArgs};

/// Makes a backup server, its catalogue, and its first entries; completes, upgrades and checks them. Everything can be repeated safely.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_setup", version = pgbackman_core::VERSION)]
pub(super) struct Args {
    /// The configuration file [default: DIR/pgbackman.conf for an embedded catalogue that has one, else ~/.pgbackman/pgbackman.conf, else /etc/pgbackman/pgbackman.conf]
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
    /// The configuration that an embedded catalogue has: a second run goes on with what the first one chose.
    pub(super) fn own_config(&self) -> Option<PathBuf> {
        match self {
            Self::Embedded(args) => {
                Some(args.dir.join("pgbackman.conf")).filter(|file| file.exists())
            }
            Self::Database(_) | Self::Server(_) | Self::Node(_) => None,
        }
    }
}

/// Creates or completes roles, database and schema on the server that [pgbackman_database] of the configuration names.
///
/// It connects as an administrator, who may create roles and databases there. What is not given comes, as for psql, from
/// a service file or PG… variables; the password from PGPASSWORD or ~/.pgpass. Then it connects as the catalogue's own
/// role, as the programs will, and checks what is there.
#[derive(Debug, ClapArgs)]
pub(super) struct DatabaseArgs {
    /// The administrator's way to the server: host name, address or socket directory [default: host of the configuration]
    #[arg(long, value_name = "HOST")]
    pub(super) admin_host: Option<String>,

    /// The server's port [default: port of the configuration]
    #[arg(long, value_name = "PORT")]
    pub(super) admin_port: Option<u16>,

    /// The administrator's role [default: PGUSER, else the name of the user who calls this]
    #[arg(long, value_name = "ROLE")]
    pub(super) admin_user: Option<String>,

    /// The database to connect to first [default: PGDATABASE, else postgres]
    #[arg(long, value_name = "DATABASE")]
    pub(super) admin_dbname: Option<String>,

    /// A file with the password for pgbackman_role_rw (its first line); without it no password is set, which is right for
    /// peer and certificate authentication. A password is never given on the command line, where everybody can see it
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,

    /// The same for pgbackman_role_ro
    #[arg(long, value_name = "FILE")]
    pub(super) reader_password_file: Option<PathBuf>,

    /// Upgrade a catalogue of an older version, with every row. Stop the older programs on all backup servers first. The
    /// catalogue is dumped before; if that fails, nothing is upgraded
    #[arg(long)]
    pub(super) upgrade: bool,

    /// Where the catalogue is dumped to before an upgrade: a new file in the format of pg_restore [default:
    /// pgbackman-catalogue-v3-20261121T101500.dump, with its version and the time, in the home directory]
    #[arg(
        long,
        value_name = "FILE",
        requires = "upgrade",
        conflicts_with = "no_dump"
    )]
    pub(super) dump_file: Option<PathBuf>,

    /// Upgrade without a dump. Without one there is no way back
    #[arg(long, requires = "upgrade")]
    pub(super) no_dump: bool,
}

impl DatabaseArgs {
    /// Whether and after which dump an older catalogue is upgraded.
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
    /// The directory, which may exist if it is empty. Its path has to be short, for sockets' sake, and open to the users
    /// who connect
    #[arg(long, value_name = "DIR")]
    pub(super) dir: PathBuf,

    /// Only start the server, as after a reboot
    #[arg(long)]
    pub(super) start: bool,

    /// Only stop the server
    #[arg(long)]
    pub(super) stop: bool,

    /// Only say how the server is, which release of PostgreSQL runs and which is installed; the exit status is 0 if it runs and
    /// answers, and 8 if it is not the release that is installed
    #[arg(long)]
    pub(super) status: bool,

    /// Restart the server if PostgreSQL's package was updated under it, and do nothing otherwise: by systemd where the server is
    /// a service, and not while the catalogue is upgraded. The package and pgbackman_control call this
    #[arg(long)]
    pub(super) restart_if_updated: bool,

    /// Move the catalogue to the newest major version of PostgreSQL that is installed: by a dump that fills a new cluster, whose
    /// rows are compared with the old one's. Nobody reaches the catalogue meanwhile; results wait. The old cluster stays, as
    /// DIR/data.pgN. Refused while backups or restores run
    #[arg(long)]
    pub(super) upgrade_major: bool,

    /// Go back to the cluster that --upgrade-major has kept, as it was then. What was registered since is lost to the catalogue;
    /// the newer cluster stays, too
    #[arg(long)]
    pub(super) undo_upgrade_major: bool,

    /// The directory of PostgreSQL's server programs [default: of the newest found by bin_dirs of the configuration]
    #[arg(long, value_name = "DIR")]
    pub(super) bindir: Option<PathBuf>,

    /// The port, of which only the socket's name is made [default: 5432]
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<u16>,

    /// The user who runs the server and owns its files, if root runs this [default: os_user of the configuration if there is
    /// such a user, else postgres]
    #[arg(long, value_name = "USER")]
    pub(super) owner: Option<String>,

    /// The user who runs the jobs and owns the backups, if root runs this [default: os_user of the configuration if there is
    /// such a user, else the owner]
    #[arg(long, value_name = "USER")]
    pub(super) os_user: Option<String>,

    /// One more operating system user who may connect; may be repeated
    #[arg(long, value_name = "USER")]
    pub(super) allow_user: Vec<String>,

    /// The name of this backup server in the catalogue [default: this machine's fully qualified name]
    #[arg(long, value_name = "FQDN")]
    pub(super) backup_server: Option<String>,

    /// Where backups lie [default: DIR/backups]
    #[arg(long, value_name = "DIR")]
    pub(super) backup_root: Option<PathBuf>,

    /// Where crontabs are written [default: /etc/cron.d]
    #[arg(long, value_name = "DIR")]
    pub(super) crontab_dir: Option<PathBuf>,

    /// Where PgBackMan's programs are [default: where this one is]
    #[arg(long, value_name = "DIR")]
    pub(super) program_dir: Option<PathBuf>,

    /// Upgrade a catalogue of an older version, with every row, after a dump of it into the home directory
    #[arg(long)]
    pub(super) upgrade: bool,

    /// Write what starts the server after a reboot: to FILE, else to the place that the system reads. A name that ends in
    /// .service gets a systemd unit, any other a crontab
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    // How clap declares a flag whose value may be left out.
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
