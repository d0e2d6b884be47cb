//! The judgement of `pgbackman_status_info --check`: pure, from what the catalogue knows and the limits of the command line.

mod files;
mod judgement;
mod line;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::alerts::signs_of_life::DaemonLife;
use pgbackman_core::catalogue::backups::files_found::LastLook;
use pgbackman_core::catalogue::backups::partition_space::PartitionSpace;
use pgbackman_core::catalogue::monitoring::{DefinitionState, FilesTotals, QueueTotals};
use pgbackman_core::domain::catalogue_server::Standing;

pub use judgement::judge;
pub use line::Verdict;

/// The states of a check, as monitoring systems number them.
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

/// From what on something is a warning, and critical; `None`: never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pair {
    /// The first.
    pub warning: Option<u64>,
    /// The second.
    pub critical: Option<u64>,
}

impl Pair {
    /// Both.
    pub const fn new(warning: u64, critical: u64) -> Self {
        Self {
            warning: Some(warning),
            critical: Some(critical),
        }
    }

    /// How bad a value is of which more is worse.
    pub fn of(&self, value: u64) -> Level {
        let reached = |limit: Option<u64>| limit.is_some_and(|limit| value >= limit);
        match (reached(self.critical), reached(self.warning)) {
            (true, _) => Level::Critical,
            (_, true) => Level::Warning,
            _ => Level::Ok,
        }
    }

    /// How bad a value is of which less is worse.
    pub fn of_rest(&self, value: f64) -> Level {
        #[allow(clippy::cast_precision_loss)] // Percentages.
        let below = |limit: Option<u64>| limit.is_some_and(|limit| value < limit as f64);
        match (below(self.critical), below(self.warning)) {
            (true, _) => Level::Critical,
            (_, true) => Level::Warning,
            _ => Level::Ok,
        }
    }
}

/// All limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Missed runs of one definition.
    pub missed: Pair,
    /// Age of the last usable backup of one definition, in seconds.
    pub age: Pair,
    /// Results that wait in files on one backup server.
    pub pending: Pair,
    /// How long the first job has waited, in seconds.
    pub queue: Pair,
    /// Free space of a file system, in percent of its size.
    pub free_percent: Pair,
}

/// What is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The time, by the catalogue's clock.
    pub now: DateTime<Utc>,
    /// The definitions asked about.
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
    /// How the server of a private catalogue of this machine stands to what is installed.
    pub catalogue_server: Option<Standing>,
}
