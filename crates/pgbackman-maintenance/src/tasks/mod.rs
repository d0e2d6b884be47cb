//! The tasks of a pass, a file each (`CONTRIBUTING.md`, "A maintenance task").

mod daily_look;
mod dead_runs;
mod deleted_databases;
mod expired_backups;
mod forced_deletions;
mod forgotten_clones;
mod forgotten_runs;
mod leftovers;
mod lost_runs;
mod orphans;
mod pending_results;
mod quarantine;
mod restore_logs;
mod stale_partials;
mod taken_marks;

use std::fmt;

use pgbackman_core::daemon::question::TaskError;

use crate::journal::Journal;
use crate::pass::Pass;

/// What is done in each pass, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Runs that died are registered, and what they wrote is cleared.
    DeadRuns,
    /// Results that wait in files are registered.
    PendingResults,
    /// Runs that the catalogue believes to continue and that are lost are ended.
    LostRuns,
    /// Definitions whose databases are gone become DELETED, and those whose databases are back become ACTIVE.
    DeletedDatabases,
    /// Definitions whose quarantine is over are deleted.
    Quarantine,
    /// Backups of definitions and snapshots that are past their retention go.
    ExpiredBackups,
    /// So do the files that forced deletions left.
    ForcedDeletions,
    /// And those of results whose definition is gone, after their quarantine.
    Orphans,
    /// And the logs of restores that are no longer in the catalogue.
    RestoreLogs,
    /// Deleted runs are not remembered forever.
    ForgottenRuns,
    /// Nor clones that have ended.
    ForgottenClones,
    /// Unfinished files whose run nobody remembers go.
    StalePartials,
    /// So do the marks of snapshots and restores that have been done and are no longer defined.
    TakenMarks,
    /// The files of every backup that is left are checked, once a day.
    DailyLook,
}

impl Task {
    /// Every task. Results come first, so that nothing is judged that a waiting result would change.
    pub const ALL: [Self; 14] = [
        Self::DeadRuns,
        Self::PendingResults,
        Self::LostRuns,
        Self::DeletedDatabases,
        Self::Quarantine,
        Self::ExpiredBackups,
        Self::ForcedDeletions,
        Self::Orphans,
        Self::RestoreLogs,
        Self::ForgottenRuns,
        Self::ForgottenClones,
        Self::StalePartials,
        Self::TakenMarks,
        Self::DailyLook,
    ];

    /// Runs the task.
    ///
    /// # Errors
    /// When the catalogue is unavailable, or the task as a whole cannot be done. What fails for one item is in the journal.
    pub async fn run(self, pass: &mut Pass, journal: &mut Journal) -> Result<(), TaskError> {
        match self {
            Self::DeadRuns => dead_runs::run(pass, journal).await,
            Self::PendingResults => pending_results::run(pass, journal).await,
            Self::LostRuns => lost_runs::run(pass, journal).await,
            Self::DeletedDatabases => deleted_databases::run(pass, journal).await,
            Self::Quarantine => quarantine::run(pass, journal).await,
            Self::ExpiredBackups => expired_backups::run(pass, journal).await,
            Self::ForcedDeletions => forced_deletions::run(pass, journal).await,
            Self::Orphans => orphans::run(pass, journal).await,
            Self::RestoreLogs => restore_logs::run(pass, journal).await,
            Self::ForgottenRuns => forgotten_runs::run(pass, journal).await,
            Self::ForgottenClones => forgotten_clones::run(pass, journal).await,
            Self::StalePartials => stale_partials::run(pass, journal).await,
            Self::TakenMarks => taken_marks::run(pass, journal).await,
            Self::DailyLook => daily_look::run(pass, journal).await,
        }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::DeadRuns => "dead runs",
            Self::PendingResults => "pending results",
            Self::LostRuns => "lost runs",
            Self::DeletedDatabases => "deleted databases",
            Self::Quarantine => "definitions after quarantine",
            Self::ExpiredBackups => "retention",
            Self::ForcedDeletions => "forced deletions",
            Self::Orphans => "results without a definition",
            Self::RestoreLogs => "logs of restores",
            Self::ForgottenRuns => "records of deleted runs",
            Self::ForgottenClones => "records of ended clones",
            Self::StalePartials => "unfinished files",
            Self::TakenMarks => "records of taken snapshots and restores",
            Self::DailyLook => "daily look at files",
        })
    }
}
