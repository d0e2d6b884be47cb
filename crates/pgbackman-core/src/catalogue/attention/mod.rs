//! What needs attention: the only judgement of it, for `pgbackman_status_info --check`, the page and the exporter.
//!
//! [`read::read`] asks the catalogue, [`judge()`] decides. All is well only when the judgement names no concern: every
//! scheduled definition has a usable backup that is not too old, on a RUNNING node, on a server whose daemons respond, with
//! free disk space, and somebody is notified of failures.

mod daemons;
mod definitions;
mod files;
mod judge;
mod judgement;
pub mod notified;
pub mod read;
mod space;

use std::fmt;

use chrono::{DateTime, Utc};

use crate::catalogue::alerts::heartbeats::DaemonLife;
use crate::catalogue::backups::files_found::LastLook;
use crate::catalogue::backups::partition_space::PartitionSpace;
use crate::catalogue::monitoring::{DefinitionState, FilesTotals, QueueTotals};
use crate::catalogue::nodes::node_databases::UndefinedDatabase;
use crate::config::Config;
use crate::domain::catalogue_server::Standing;

pub use judge::judge;
pub use judgement::{Concern, Judgement, Measure, Measured, Window};
pub use notified::Notified;
pub use read::Scope;
pub use space::{DiskForecast, Room};

/// The severity of a concern, numbered as monitoring systems number their states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Nothing is wrong.
    Ok = 0,
    /// Somebody should look.
    Warning = 1,
    /// Somebody must look.
    Critical = 2,
    /// Nothing can be said.
    Unknown = 3,
}

impl Level {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// The limits from which a value is a warning, and critical; `None`: never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pair {
    /// The limit for a warning.
    pub warning: Option<u64>,
    /// The limit for critical.
    pub critical: Option<u64>,
}

impl Pair {
    /// Both limits.
    pub const fn new(warning: u64, critical: u64) -> Self {
        Self {
            warning: Some(warning),
            critical: Some(critical),
        }
    }

    /// A limit for a warning only.
    pub const fn warning(warning: u64) -> Self {
        Self {
            warning: Some(warning),
            critical: None,
        }
    }

    /// The level of a value of which more is worse.
    pub fn of(&self, value: u64) -> Level {
        let reached = |limit: Option<u64>| limit.is_some_and(|limit| value >= limit);
        match (reached(self.critical), reached(self.warning)) {
            (true, _) => Level::Critical,
            (_, true) => Level::Warning,
            _ => Level::Ok,
        }
    }

    /// The level of a value of which less is worse.
    pub fn of_rest(&self, value: f64) -> Level {
        #[allow(clippy::cast_precision_loss)] // Percentages and days.
        let below = |limit: Option<u64>| limit.is_some_and(|limit| value < limit as f64);
        match (below(self.critical), below(self.warning)) {
            (true, _) => Level::Critical,
            (_, true) => Level::Warning,
            _ => Level::Ok,
        }
    }
}

/// All limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Missed runs of one definition.
    pub missed: Pair,
    /// Age of the newest usable backup of one definition, in seconds. Without a limit for a warning, the schedule decides.
    pub age: Pair,
    /// Pending results on one backup server.
    pub pending: Pair,
    /// How long the oldest change has waited for control, in seconds.
    pub queue: Pair,
    /// Free space of a file system, in percent of its size.
    pub free_percent: Pair,
    /// In how many days a file system is full at the present rate.
    pub full_in_days: Pair,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            missed: Pair::new(1, 2),
            age: Pair::default(),
            pending: Pair::new(1, 10),
            queue: Pair::new(300, 1800),
            free_percent: Pair::new(10, 5),
            full_in_days: Pair::warning(14),
        }
    }
}

impl Limits {
    /// The limits of whoever has no others: `old_backup_after` of the configuration is the limit for ages.
    pub fn of_config(config: &Config) -> Self {
        let old = config.alerts.old_backup_after;
        Self {
            age: Pair {
                warning: old.map(|old| old.as_secs()),
                critical: None,
            },
            ..Self::default()
        }
    }
}

/// The kind of a concern: a word for metrics and for whoever groups them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No definition is scheduled at all.
    NothingScheduled,
    /// The last run failed.
    Failed,
    /// The last run ended with a WARNING.
    EndedWithWarning,
    /// A scheduled definition has no usable backup.
    NoBackup,
    /// The newest usable backup is too old.
    TooOld,
    /// Runs did not begin.
    Missed,
    /// A definition is not in the crontab.
    NotInCrontab,
    /// A schedule names no date that ever comes.
    NeverRuns,
    /// ACTIVE definitions on a STOPPED node.
    NodeStopped,
    /// Databases that no definition backs up.
    NoDefinition,
    /// A backup is damaged, or its files could not be checked.
    Files,
    /// A daemon does not respond.
    DaemonSilent,
    /// A daemon reports errors.
    DaemonFailing,
    /// Results are pending or refused.
    Results,
    /// Changes wait for control.
    Queue,
    /// A file system is full, or will soon be.
    DiskSpace,
    /// A file system could not be observed.
    DiskUnknown,
    /// Nobody is notified of failures.
    NobodyNotified,
    /// The server of the embedded catalogue needs a restart or its programs.
    CatalogueServer,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::NothingScheduled,
        Self::Failed,
        Self::EndedWithWarning,
        Self::NoBackup,
        Self::TooOld,
        Self::Missed,
        Self::NotInCrontab,
        Self::NeverRuns,
        Self::NodeStopped,
        Self::NoDefinition,
        Self::Files,
        Self::DaemonSilent,
        Self::DaemonFailing,
        Self::Results,
        Self::Queue,
        Self::DiskSpace,
        Self::DiskUnknown,
        Self::NobodyNotified,
        Self::CatalogueServer,
    ];

    /// The word for it, as a label of a metric has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingScheduled => "nothing_scheduled",
            Self::Failed => "failed",
            Self::EndedWithWarning => "ended_with_warning",
            Self::NoBackup => "no_backup",
            Self::TooOld => "too_old",
            Self::Missed => "missed",
            Self::NotInCrontab => "not_in_crontab",
            Self::NeverRuns => "never_runs",
            Self::NodeStopped => "node_stopped",
            Self::NoDefinition => "no_definition",
            Self::Files => "files",
            Self::DaemonSilent => "daemon_silent",
            Self::DaemonFailing => "daemon_failing",
            Self::Results => "results",
            Self::Queue => "queue",
            Self::DiskSpace => "disk_space",
            Self::DiskUnknown => "disk_unknown",
            Self::NobodyNotified => "nobody_notified",
            Self::CatalogueServer => "catalogue_server",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is judged: the state of a scope at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The time, by the catalogue's clock.
    pub now: DateTime<Utc>,
    /// The definitions of the scope that are not DELETED.
    pub definitions: Vec<DefinitionState>,
    /// The daemons of their servers.
    pub lives: Vec<DaemonLife>,
    /// Their queues.
    pub queues: Vec<QueueTotals>,
    /// How the files of their backups were found.
    pub files: Vec<FilesTotals>,
    /// When the servers last looked at all their backups.
    pub looks: Vec<LastLook>,
    /// Where their backups go.
    pub spaces: Vec<PartitionSpace>,
    /// When these file systems will be full.
    pub forecasts: Vec<DiskForecast>,
    /// Databases of the scope's nodes that no definition backs up, and that need one.
    pub undefined: Vec<UndefinedDatabase>,
    /// Who is notified of failures on each server.
    pub notified: Vec<Notified>,
    /// The state of the server of this machine's embedded catalogue, compared with what is installed.
    pub catalogue_server: Option<Standing>,
}
