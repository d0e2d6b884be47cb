//! The sections of the configuration with their defaults. A field is called as its key; see `docs/spec/setup.md`.

use std::path::PathBuf;
use std::time::Duration;

pub use super::alerts::{AlertsSection, SmtpTls};
pub use super::hooks::HooksSection;
use super::value::{LogLevel, OutputFormat, Scheduler, SslMode};
use crate::secret::Secret;

/// `[backup_server]`: this machine, and what the catalogue may not decide about it.
#[derive(Debug, Clone)]
pub struct BackupServerSection {
    /// The name under which this machine is registered, if it is not its own.
    pub backup_server: Option<String>,
    /// Who runs the jobs and owns the files.
    pub os_user: String,
    /// How jobs are scheduled.
    pub scheduler: Scheduler,
    /// Where the programs are that jobs may run.
    pub program_dir: PathBuf,
    /// Directories in which crontabs may be written.
    pub crontab_dirs: Vec<PathBuf>,
    /// Directories below which backups may lie.
    pub backup_roots: Vec<PathBuf>,
    /// Patterns of the directories from which client binaries may come; `*` stands for part of one name.
    pub bin_dirs: Vec<PathBuf>,
    /// How late a run may begin before it counts as missed, for alerts, monitoring and reports alike.
    pub missed_run_grace: Duration,
    machine_fqdn: String,
}

impl BackupServerSection {
    /// The defaults on a machine with this fully qualified name.
    pub fn for_machine(fqdn: &str) -> Self {
        Self {
            backup_server: None,
            os_user: "pgbackman".to_owned(),
            scheduler: Scheduler::CronD,
            program_dir: PathBuf::from("/usr/bin"),
            crontab_dirs: vec![PathBuf::from("/etc/cron.d")],
            backup_roots: vec![PathBuf::from("/srv/pgbackman")],
            bin_dirs: ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/bin"]
                .map(PathBuf::from)
                .to_vec(),
            missed_run_grace: Duration::from_secs(30 * 60),
            machine_fqdn: fqdn.to_owned(),
        }
    }

    /// The name of this backup server in the catalogue: the configured one, else this machine's.
    pub fn fqdn(&self) -> String {
        self.backup_server
            .clone()
            .unwrap_or_else(|| self.machine_fqdn.clone())
    }
}

/// `[pgbackman_database]`: how the catalogue is reached. What is not set here comes from a service file, from `PG…`
/// variables, or from the defaults that [`crate::conninfo::ConnectTarget::catalogue`] adds, in this order.
#[derive(Debug, Clone)]
pub struct DatabaseSection {
    /// Host name, address or socket directory; several are separated by commas.
    pub host: Option<String>,
    /// Numeric address that is connected to instead of looking `host` up.
    pub hostaddr: Option<String>,
    /// Port (5432).
    pub port: Option<u16>,
    /// Database (`pgbackman`).
    pub dbname: Option<String>,
    /// Role (`pgbackman_role_rw`).
    pub user: Option<String>,
    /// Password; a password file is better.
    pub password: Option<Secret>,
    /// How TLS is used.
    pub sslmode: Option<SslMode>,
    /// The only authorities that are trusted, or `system`.
    pub sslrootcert: Option<PathBuf>,
    /// The client's certificate.
    pub sslcert: Option<PathBuf>,
    /// The client's key, readable by nobody else.
    pub sslkey: Option<PathBuf>,
    /// How long a daemon waits before it tries again to reach the catalogue.
    pub pg_connect_retry_interval: Duration,
    /// Where the SQL of the catalogue is installed.
    pub database_source_dir: PathBuf,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self {
            host: None,
            hostaddr: None,
            port: None,
            dbname: None,
            user: None,
            password: None,
            sslmode: None,
            sslrootcert: None,
            sslcert: None,
            sslkey: None,
            pg_connect_retry_interval: Duration::from_secs(10),
            database_source_dir: PathBuf::from("/usr/share/pgbackman"),
        }
    }
}

/// `[pgbackman_dump]`
#[derive(Debug, Clone)]
pub struct DumpSection {
    /// Where temporary files go.
    pub tmp_dir: PathBuf,
    /// Whether replay on a standby is paused for the time of a dump.
    pub pause_recovery_process_on_slave: bool,
    /// How long to wait until replay is paused.
    pub pause_timeout: Duration,
    /// How long a dump waits for a lock.
    pub lock_wait_timeout: Duration,
    /// Whether a backup ends when other sessions wait for its locks.
    pub yield_to_ddl: bool,
    /// How long a dump may take in all.
    pub max_duration: Duration,
    /// How TLS is used with nodes.
    pub node_sslmode: Option<SslMode>,
    /// Whose certificates nodes may have: a file, or the word `system`.
    pub node_sslrootcert: Option<PathBuf>,
    /// Whether a dump that will not fit on its disk is refused.
    pub check_disk_space: bool,
    /// Bytes that a dump must leave free.
    pub disk_space_reserve: u64,
}

impl Default for DumpSection {
    fn default() -> Self {
        Self {
            tmp_dir: PathBuf::from("/tmp"),
            pause_recovery_process_on_slave: false,
            pause_timeout: Duration::from_secs(5 * 60),
            lock_wait_timeout: Duration::from_secs(30 * 60),
            yield_to_ddl: false,
            max_duration: Duration::from_secs(24 * 3_600),
            node_sslmode: None,
            node_sslrootcert: None,
            check_disk_space: true,
            disk_space_reserve: 0,
        }
    }
}

/// `[pgbackman_maintenance]`
#[derive(Debug, Clone)]
pub struct MaintenanceSection {
    /// The pause between two passes.
    pub maintenance_interval: Duration,
}

impl Default for MaintenanceSection {
    fn default() -> Self {
        Self {
            maintenance_interval: Duration::from_secs(70),
        }
    }
}

/// `[pgbackman_exporter]`
#[derive(Debug, Clone)]
pub struct ExporterSection {
    /// Where the exporter listens.
    pub listen_address: std::net::SocketAddr,
    /// For how long what the catalogue said is shown again without asking.
    pub cache_duration: Duration,
    /// How long the catalogue may take to answer.
    pub query_timeout: Duration,
}

impl Default for ExporterSection {
    fn default() -> Self {
        Self {
            listen_address: ([127, 0, 0, 1], 9788).into(),
            cache_duration: Duration::from_secs(15),
            query_timeout: Duration::from_secs(8),
        }
    }
}

/// `[logging]`
#[derive(Debug, Clone)]
pub struct LoggingSection {
    /// The least severe messages that are logged.
    pub log_level: LogLevel,
    /// Where to.
    pub log_file: PathBuf,
}

impl Default for LoggingSection {
    fn default() -> Self {
        Self {
            log_level: LogLevel::Error,
            log_file: PathBuf::from("/var/log/pgbackman/pgbackman.log"),
        }
    }
}

/// `[output]`
#[derive(Debug, Clone)]
pub struct OutputSection {
    /// How the shell shows results unless told otherwise.
    pub default_output_format: OutputFormat,
}

impl Default for OutputSection {
    fn default() -> Self {
        Self {
            default_output_format: OutputFormat::Table,
        }
    }
}
