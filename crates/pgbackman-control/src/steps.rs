//! The named steps of control's work, so that a test can kill it at every one of them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A point that the work passes. What is done before it is done, what comes after it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The queue entry of a node is known.
    QueueRead,
    /// So are its definitions.
    DefinitionsRead,
    /// A crontab under a former path is gone.
    FormerCrontabRemoved,
    /// A new crontab file is on disk under its temporary name.
    CrontabPrepared,
    /// It has its name.
    CrontabWritten,
    /// A file that the crontab no longer needs is gone.
    SurplusFileRemoved,
    /// The user's own crontab has its block.
    UserCrontabWritten,
    /// The definitions say which of them cannot be scheduled.
    ProblemsNoted,
    /// The queue entry is gone.
    QueueEntryRemoved,
    /// A node's directories are there.
    DirectoriesMade,
    /// Its cache is up to date.
    CacheWritten,
    /// A deleted node's crontab is gone.
    DeletedCrontabRemoved,
    /// So is its cache.
    DeletedCacheRemoved,
    /// So are its directories, or they have been renamed aside.
    DeletedDirectoriesCleared,
    /// The catalogue knows that the deleted node has been cleaned up after.
    DeletedNodeForgotten,
    /// The queue of `at` is known.
    AtQueueRead,
    /// So are the snapshots and restores, and what runs have claimed.
    AtDefinitionsRead,
    /// A job has been taken out of the queue.
    AtJobRemoved,
    /// `at` has a new job.
    AtJobSubmitted,
    /// The catalogue knows how far a snapshot or restore has come.
    AtStatusNoted,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 20] = [
        Self::QueueRead,
        Self::DefinitionsRead,
        Self::FormerCrontabRemoved,
        Self::CrontabPrepared,
        Self::CrontabWritten,
        Self::SurplusFileRemoved,
        Self::UserCrontabWritten,
        Self::ProblemsNoted,
        Self::QueueEntryRemoved,
        Self::DirectoriesMade,
        Self::CacheWritten,
        Self::DeletedCrontabRemoved,
        Self::DeletedCacheRemoved,
        Self::DeletedDirectoriesCleared,
        Self::DeletedNodeForgotten,
        Self::AtQueueRead,
        Self::AtDefinitionsRead,
        Self::AtJobRemoved,
        Self::AtJobSubmitted,
        Self::AtStatusNoted,
    ];

    /// The step's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::QueueRead => "queue-read",
            Self::DefinitionsRead => "definitions-read",
            Self::FormerCrontabRemoved => "former-crontab-removed",
            Self::CrontabPrepared => "crontab-prepared",
            Self::CrontabWritten => "crontab-written",
            Self::SurplusFileRemoved => "surplus-file-removed",
            Self::UserCrontabWritten => "user-crontab-written",
            Self::ProblemsNoted => "problems-noted",
            Self::QueueEntryRemoved => "queue-entry-removed",
            Self::DirectoriesMade => "directories-made",
            Self::CacheWritten => "cache-written",
            Self::DeletedCrontabRemoved => "deleted-crontab-removed",
            Self::DeletedCacheRemoved => "deleted-cache-removed",
            Self::DeletedDirectoriesCleared => "deleted-directories-cleared",
            Self::DeletedNodeForgotten => "deleted-node-forgotten",
            Self::AtQueueRead => "at-queue-read",
            Self::AtDefinitionsRead => "at-definitions-read",
            Self::AtJobRemoved => "at-job-removed",
            Self::AtJobSubmitted => "at-job-submitted",
            Self::AtStatusNoted => "at-status-noted",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that is no step's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no step {0:?}")]
pub struct UnknownStep(String);

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        Self::ALL
            .into_iter()
            .find(|step| step.name() == text)
            .ok_or_else(|| UnknownStep(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_known_by_its_name() {
        for step in Step::ALL {
            assert_eq!(step.name().parse(), Ok(step));
        }
        assert!("elsewhere".parse::<Step>().is_err());
    }
}
