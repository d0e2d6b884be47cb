//! The files of a backup, compared with its manifest.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use thiserror::Error;

use crate::archive::parallel;
use crate::handoff::manifest::{ManifestFile, checksum};

/// A file of a backup that is not the one that its manifest describes.
#[derive(Debug, Error)]
pub enum NotAsWritten {
    /// It cannot be opened.
    #[error("{} cannot be opened: {source}", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It has another size.
    #[error("{} has {found} bytes, and had {written} when it was written", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        found: u64,
        /// Those that it had.
        written: u64,
    },
    /// It has other bytes.
    #[error(
        "{} has changed since it was written (SHA-256 {found}, expected {written})",
        path.display()
    )]
    Content {
        /// The file.
        path: PathBuf,
        /// Its checksum.
        found: String,
        /// The one that it had.
        written: String,
    },
}

/// Compares every file of a manifest, which lies in `directory`, by its size and its SHA-256.
///
/// # Errors
/// The first file that is another one.
pub fn compare(
    directory: &Path,
    files: &[ManifestFile],
    threads: NonZero<usize>,
    stop: &AtomicBool,
) -> Result<(), NotAsWritten> {
    parallel::each(files, threads, |described| {
        compare_one(directory.join(&described.path), described, stop)
    })
    .map(drop)
}

fn compare_one(
    path: PathBuf,
    described: &ManifestFile,
    stop: &AtomicBool,
) -> Result<(), NotAsWritten> {
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(source) => return Err(NotAsWritten::Closed { path, source }),
    };
    let (size, sha256) = match checksum(&mut file, stop) {
        Ok(found) => found,
        Err(source) => return Err(NotAsWritten::Unread { path, source }),
    };
    if size != described.size {
        return Err(NotAsWritten::Size {
            path,
            found: size,
            written: described.size,
        });
    }
    if sha256 != described.sha256 {
        return Err(NotAsWritten::Content {
            path,
            found: sha256,
            written: described.sha256.clone(),
        });
    }
    Ok(())
}
