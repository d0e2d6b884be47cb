//! The moments of a pass at which a test can kill it.

use std::path::Path;

use pgbackman_core::steps::Observer;

/// Observes each path that is about to be checked: a test stops or ends the process there.
pub type PathObserver<'o> = dyn for<'p> Observer<&'p Path> + 'o;

/// A point that the work passes: what is named is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A batch of what is to go has been read.
    Listed,
    /// The files of a batch have been checked; nothing has been touched.
    LookedAt,
    /// A batch is claimed in the catalogue.
    Claimed,
    /// One file is gone.
    FileRemoved,
    /// One directory of an archive is gone.
    ArchiveRemoved,
    /// All files of one backup are gone.
    BackupRemoved,
    /// The directories of a batch are flushed.
    Flushed,
    /// The rows of a batch are gone.
    RowsDeleted,
    /// A pending result is in the catalogue.
    ResultRegistered,
    /// Its file is gone.
    PendingRemoved,
    /// A pending file that nobody can read has been moved aside.
    PendingRefused,
    /// A definition whose quarantine is over has been deleted.
    DefinitionDeleted,
    /// What the daily look found at a batch of backups is in the catalogue.
    FilesLookedAt,
}
