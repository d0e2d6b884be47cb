//! How a run that died was accounted for, or why not.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::claim::RunError;
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::RestoreDefId;
use crate::domain::status::ExecutionStatus;
use crate::handoff::report::NotReported;

/// How a run that died was accounted for, whatever it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounted {
    /// What it is registered as.
    pub status: ExecutionStatus,
    /// Why, in words; none where it had succeeded before it died.
    pub reason: Option<String>,
    /// What could not be put right.
    pub problems: Vec<String>,
}

impl Accounted {
    /// What became of the run of this record, for the log.
    pub fn describe(&self, record: &Path) -> String {
        let done = "its work was complete";
        format!(
            "a run that died is registered as {}: {} ({})",
            self.status,
            self.reason.as_deref().unwrap_or(done),
            record.display()
        )
    }
}

/// Why a dead run is not accounted for yet. Its record stays, and the next attempt begins again.
#[derive(Debug, Error)]
pub enum NotRecovered {
    /// The result is reported nowhere.
    #[error(transparent)]
    NotReported(#[from] NotReported),
    /// What was done could not be written down.
    #[error(transparent)]
    Record(#[from] RunError),
    /// Whether its backup is complete cannot be seen.
    #[error(
        "a run of {run} died while it renamed its complete backup, and {directory} is not the directory that it used; \
         the run is registered when that directory is available again. Is its file system mounted? If its backups are \
         really lost, create an empty directory, and accept it when show_pgsql_node_questions lists it",
        directory = directory.display()
    )]
    Elsewhere {
        /// The definition or snapshot.
        run: BackupOrigin,
        /// The directory of the node's backups.
        directory: PathBuf,
    },
    /// The run is reported, and its target is still not as it should be.
    #[error("restore definition {restore}: {said}")]
    Target {
        /// The restore.
        restore: RestoreDefId,
        /// Which database is where, and why.
        said: String,
    },
}

/// When a recovery is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    /// The time.
    pub(super) now: DateTime<Utc>,
    /// Whether pauses are ignored.
    pub(super) at_once: bool,
}
