//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use pgbackman_core::VERSION;
use pgbackman_core::catalogue::attention::{Limits, Pair};
use pgbackman_core::config::{Config, parse_duration};
use pgbackman_core::domain::ids::DefId;
use thiserror::Error;

/// The value to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Parameter {
    /// Number of changes waiting for `pgbackman_control`
    JobQueue,
    /// Status of the last backup of a definition: succeeded, error, warning, unknown
    BackupLastStatus,
}

/// Prints one value for a monitoring system, or checks everything as a Nagios plugin.
///
/// With --check, it prints one line with the problems, the most urgent first, followed by performance data. The exit status is
/// 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 (UNKNOWN). Write times as 30s, 15min, 26h or 7d.
#[derive(Debug, Parser)]
#[command(name = "pgbackman_status_info", version = VERSION)]
pub(super) struct Args {
    /// Print this value
    #[arg(
        short,
        long,
        value_enum,
        value_name = "PARAMETER",
        required_unless_present = "check",
        conflicts_with = "check"
    )]
    pub(super) parameter_status: Option<Parameter>,
    /// Check everything that backups depend on: definitions, nodes, daemons, disks, and that failures are reported to somebody
    #[arg(long)]
    pub(super) check: bool,
    /// Check only this backup definition; required for backup_last_status
    #[arg(
        short = 'd',
        long,
        value_name = "DEFID",
        required_if_eq("parameter_status", "backup_last_status")
    )]
    pub(super) backup_definition_id: Option<DefId>,
    /// Check only this backup server
    #[arg(short, long, value_name = "SRVID/FQDN")]
    pub(super) backup_server: Option<String>,
    /// Check only this PgSQL node (fqdn:port if the name is ambiguous)
    #[arg(short = 'n', long, value_name = "NODEID/FQDN", requires = "check")]
    pub(super) pgsql_node: Option<String>,
    /// Delay after which a run counts as missed (default: missed_run_grace of the configuration)
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(super) grace: Option<Duration>,
    /// Warn at this many missed runs of one definition
    #[arg(long, value_name = "N", default_value = "1", requires = "check")]
    warning_missed: u64,
    /// Report critical at this many missed runs of one definition
    #[arg(long, value_name = "N", default_value = "2", requires = "check")]
    critical_missed: u64,
    /// Warn if the newest usable backup of a definition has this age (default: old_backup_after of the configuration, or else two runs of its schedule)
    #[arg(long, value_name = "TIME", value_parser = span, requires = "check")]
    warning_age: Option<Duration>,
    /// Report critical if the newest usable backup of a definition has this age
    #[arg(long, value_name = "TIME", value_parser = span, requires = "check")]
    critical_age: Option<Duration>,
    /// Warn at this many pending results
    #[arg(long, value_name = "N", default_value = "1", requires = "check")]
    warning_pending: u64,
    /// Report critical at this many pending results
    #[arg(long, value_name = "N", default_value = "10", requires = "check")]
    critical_pending: u64,
    /// Warn if a change has waited this long for pgbackman_control
    #[arg(long, value_name = "TIME", default_value = "5min", value_parser = span, requires = "check")]
    warning_queue: Duration,
    /// Report critical if a change has waited this long for pgbackman_control
    #[arg(long, value_name = "TIME", default_value = "30min", value_parser = span, requires = "check")]
    critical_queue: Duration,
    /// Warn if the free space of a backup file system is below this percentage
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = percent, requires = "check")]
    warning_space: u64,
    /// Report critical if the free space of a backup file system is below this percentage
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = percent, requires = "check")]
    critical_space: u64,
    /// Warn if a backup file system will be full within this many days at the present rate; 0: never
    #[arg(long, value_name = "DAYS", default_value = "14", requires = "check")]
    warning_full: u64,
    /// Timeout of the check
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = span, requires = "check")]
    pub(super) timeout: Duration,
    /// Configuration file (default: ~/.pgbackman/pgbackman.conf, then /etc/pgbackman/pgbackman.conf)
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

impl Args {
    /// The limits of the check.
    pub(super) fn limits(&self, config: &Config) -> Limits {
        let seconds = |span: Duration| span.as_secs();
        let old = self.warning_age.or(config.alerts.old_backup_after);
        Limits {
            missed: Pair::new(self.warning_missed, self.critical_missed),
            age: Pair {
                warning: old.map(seconds),
                critical: self.critical_age.map(seconds),
            },
            pending: Pair::new(self.warning_pending, self.critical_pending),
            queue: Pair::new(seconds(self.warning_queue), seconds(self.critical_queue)),
            free_percent: Pair::new(self.warning_space, self.critical_space),
            full_in_days: Pair::warning(self.warning_full),
        }
    }
}

/// An invalid value of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum Unreadable {
    #[error("not a valid time: write it as 30s, 15min, 26h or 7d")]
    Span,
    #[error("not a percentage from 0 to 100")]
    Percent,
}

/// The maximum is ten years, so that it can be subtracted from any time.
fn span(text: &str) -> Result<Duration, Unreadable> {
    parse_duration(text)
        .filter(|span| !span.is_zero() && span.as_secs() < 10 * 365 * 86_400)
        .ok_or(Unreadable::Span)
}

fn percent(text: &str) -> Result<u64, Unreadable> {
    let number = text.strip_suffix('%').unwrap_or(text);
    number
        .parse()
        .ok()
        .filter(|percent| *percent <= 100)
        .ok_or(Unreadable::Percent)
}
