//! Why files of a backup are not deleted.

use std::io;
use std::path::PathBuf;

use pgbackman_core::sys::entries::EntryKind;
use pgbackman_core::sys::lock::LockError;
use thiserror::Error;

use crate::files::contents::ManifestError;
use crate::files::open_areas::NotOpen;
use crate::files::places::NoSpot;

/// Why a file is not deleted.
#[derive(Debug, Error)]
pub enum NotDeleted {
    /// Its path leads where nothing may be touched.
    #[error(transparent)]
    Spot(#[from] NoSpot),
    /// Its directory is not there for certain.
    #[error(transparent)]
    Directory(#[from] NotOpen),
    /// The backup's manifest does not say what belongs to it.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// It is something else than it should be.
    #[error("{} is {}", path.display(), kind.describe())]
    Kind {
        /// Its path.
        path: PathBuf,
        /// What it is.
        kind: EntryKind,
    },
    /// It is in the archive, and does not belong there.
    #[error("{} is not part of the backup", .0.display())]
    Foreign(PathBuf),
    /// Something was put into the archive while it was deleted.
    #[error("{} is not empty: something was added to it in the meantime", .0.display())]
    NotEmpty(PathBuf),
    /// The backup's lock is taken.
    #[error("a restore is reading it")]
    BeingRead,
    /// The backup's lock could not be asked for.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What was removed from a directory may not be gone.
#[derive(Debug, Error)]
#[error("could not flush {}: {source}", path.display())]
pub struct NotFlushed {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}
