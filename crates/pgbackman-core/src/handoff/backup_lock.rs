//! Keeps a backup's files where they are while a restore reads them, and restores away while they are being removed.
//!
//! The lock is `flock` on a file of the backup itself: on its manifest, or, where it has none (PgBackMan 1.x), on the archive's
//! table of contents `toc.dat` or on the single file that it is. It is held by the restore and by everything it has started.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::sys::lock::{LockError, ReadLock};

/// Why a backup cannot be locked.
#[derive(Debug, Error)]
pub enum BackupLockError {
    /// The file could not be opened or locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Somebody holds the lock alone.
    #[error("the backup is being removed ({path} is locked)", path = path.display())]
    BeingRemoved {
        /// The file that is locked.
        path: PathBuf,
    },
}

/// The file of a backup that is locked.
pub fn locked_file(manifest: Option<&Path>, dump_file: &Path) -> PathBuf {
    match manifest {
        Some(manifest) => manifest.to_owned(),
        None if dump_file.is_dir() => dump_file.join("toc.dat"),
        None => dump_file.to_owned(),
    }
}

/// The lock of a restore, beside other restores of the same backup.
///
/// # Errors
/// Also where the backup is being removed, or is gone.
pub fn shared(manifest: Option<&Path>, dump_file: &Path) -> Result<ReadLock, BackupLockError> {
    let path = locked_file(manifest, dump_file);
    ReadLock::try_shared(&path)?.ok_or(BackupLockError::BeingRemoved { path })
}

/// The lock of whoever is to remove the backup. `None`: it is being restored, and stays for now. A backup whose file is gone
/// already is an error of kind `NotFound` ([`LockError::io_kind`]); there is nothing to protect then.
pub fn try_exclusive(
    manifest: Option<&Path>,
    dump_file: &Path,
) -> Result<Option<ReadLock>, LockError> {
    ReadLock::try_exclusive(&locked_file(manifest, dump_file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_that_is_being_restored_is_not_removed_and_the_other_way_round() {
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("x-DATABASE.sql");
        std::fs::create_dir(&archive).unwrap();
        std::fs::write(archive.join("toc.dat"), "PGDMP").unwrap();
        let manifest = dir.path().join("x-MANIFEST.json");
        std::fs::write(&manifest, "{}").unwrap();
        for manifest in [None, Some(manifest.as_path())] {
            let restore = shared(manifest, &archive).unwrap();
            let second = shared(manifest, &archive).unwrap();
            assert!(try_exclusive(manifest, &archive).unwrap().is_none());
            drop((restore, second));
            let removal = try_exclusive(manifest, &archive).unwrap().unwrap();
            assert!(matches!(
                shared(manifest, &archive),
                Err(BackupLockError::BeingRemoved { .. })
            ));
            drop(removal);
        }
        let gone = dir.path().join("gone.sql.gz");
        assert!(shared(None, &gone).is_err());
        let error = try_exclusive(None, &gone).unwrap_err();
        assert_eq!(error.io_kind(), std::io::ErrorKind::NotFound);
    }
}
