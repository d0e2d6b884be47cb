//! Results that wait below a root.

use std::path::{Path, PathBuf};

use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::handoff::pending::{self, Waiting};
use pgbackman_core::sys::directory::Directory;

/// The files of the results that wait below a root. Each can be read.
pub(crate) fn waiting_below(root: &Path) -> Vec<PathBuf> {
    let listed = pending::list(root).unwrap();
    listed
        .into_iter()
        .map(|(path, result)| {
            result.unwrap();
            path
        })
        .collect()
}

/// The result of a backup that waits in a file.
pub(crate) fn waiting_backup(file: &Path) -> BackupResult {
    match waiting(file) {
        Waiting::Backup(result) => *result,
        other @ Waiting::Restore(_) => panic!("{other:?}"),
    }
}

/// The result of a restore that waits in a file.
pub(crate) fn waiting_restore(file: &Path) -> RestoreResult {
    match waiting(file) {
        Waiting::Restore(result) => *result,
        other @ Waiting::Backup(_) => panic!("{other:?}"),
    }
}

fn waiting(file: &Path) -> Waiting {
    let directory = Directory::open_trusted(file.parent().unwrap()).unwrap();
    pending::read(&directory, file.file_name().unwrap())
        .unwrap()
        .unwrap()
}
