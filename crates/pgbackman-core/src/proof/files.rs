//! The files of a backup, compared with its manifest.

use std::fs::File;
use std::io::{self, Read};
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
    #[error("could not open {}: {source}", path.display())]
    Closed {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be read.
    #[error("could not read {}: {source}", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It has another size.
    #[error("{} has {found} bytes, but had {written} when it was written", path.display())]
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

/// Compares every file of a manifest, which is in `directory`, by its size and its SHA-256. `read` is told of every piece that was read,
/// in bytes.
///
/// # Errors
/// The first file that is another one.
pub fn compare(
    directory: &Path,
    files: &[ManifestFile],
    threads: NonZero<usize>,
    read: &(dyn Fn(usize) + Sync),
    stop: &AtomicBool,
) -> Result<(), NotAsWritten> {
    parallel::each(files, threads, |described| {
        compare_one(directory.join(&described.path), described, read, stop)
    })
    .map(drop)
}

/// A file whose bytes are counted while it is read.
struct Counted<'r> {
    file: File,
    read: &'r dyn Fn(usize),
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        (self.read)(read);
        Ok(read)
    }
}

fn compare_one(
    path: PathBuf,
    described: &ManifestFile,
    read: &dyn Fn(usize),
    stop: &AtomicBool,
) -> Result<(), NotAsWritten> {
    let mut file = match File::open(&path) {
        Ok(file) => Counted { file, read },
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
