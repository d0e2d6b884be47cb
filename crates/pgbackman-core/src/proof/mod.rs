//! Proof that the files of a backup are what they should be, without a server: by the checksums of its manifest, and by reading every
//! file to its end.
//!
//! A manifest knows what was written, and finds every change of it. Reading finds what a manifest cannot know, where there is none, and
//! counts what there is.

mod files;
mod script;
mod subject;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::AtomicBool;

use thiserror::Error;

use crate::archive::{Archive, ArchiveError};
use crate::domain::status::BackupCode;

pub use files::{NotAsWritten, compare};
pub use script::NotWhole;
pub use subject::{NoBackup, Subject, in_directory};

/// How much is proven. Each level includes those before it, as far as the backup allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Every file has the size and the SHA-256 of the manifest.
    Checksum,
    /// Every file was unpacked to its end, and its contents were counted.
    Read,
}

impl Level {
    /// All levels, the weakest first.
    pub const ALL: [Self; 2] = [Self::Checksum, Self::Read];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checksum => "checksum",
            Self::Read => "read",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no level.
#[derive(Debug, Error)]
#[error("unknown level \"{0}\"; levels: checksum, read")]
pub struct UnknownLevel(String);

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        let found = Self::ALL.into_iter().find(|level| level.as_str() == word);
        found.ok_or_else(|| UnknownLevel(word.to_owned()))
    }
}

/// What a proof found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proven {
    /// Files whose checksums are right; 0 without a manifest.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What was read, from level [`Level::Read`] on.
    pub contents: Option<Counted>,
}

/// How much a backup holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Rows of COPY.
    pub rows: u64,
    /// INSERT statements.
    pub inserts: u64,
    /// Large objects.
    pub large_objects: u64,
    /// Bytes of the data, unpacked; of a CLUSTER backup those of the whole script.
    pub unpacked: u64,
}

/// Why a backup is not proven.
#[derive(Debug, Error)]
pub enum NotProven {
    /// It has no manifest, and without one there are no checksums.
    #[error("the backup has no manifest, so there are no checksums to compare; use --level read")]
    NoManifest,
    /// A file is not the one that was written.
    #[error(transparent)]
    NotAsWritten(#[from] NotAsWritten),
    /// The archive cannot be read to its end.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The script cannot be read to its end.
    #[error(transparent)]
    Script(#[from] NotWhole),
    /// A file of the roles or settings cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Beside {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Files are in the archive's directory that do not belong to it.
    #[error(
        "{} contains files that the archive does not list: {}",
        directory.display(),
        crate::proof::some_of(names)
    )]
    Unlisted {
        /// The archive.
        directory: PathBuf,
        /// Their names.
        names: Vec<OsString>,
    },
}

/// Proves a backup. It ends early, with an error, once `stop` is set.
///
/// # Errors
/// What is not as it should be; of several files that of the first.
pub fn prove(
    subject: &Subject,
    level: Level,
    threads: NonZero<usize>,
    stop: &AtomicBool,
) -> Result<Proven, NotProven> {
    let mut proven = Proven::default();
    match subject.manifest() {
        Some((directory, manifest)) => {
            compare(directory, &manifest.files, threads, &|_| {}, stop)?;
            proven.files = manifest.files.len().try_into().unwrap_or(u64::MAX);
            proven.bytes = manifest.files.iter().map(|file| file.size).sum();
        }
        None if level == Level::Checksum => return Err(NotProven::NoManifest),
        None => {}
    }
    if level >= Level::Read {
        proven.contents = Some(read(subject, threads, stop)?);
    }
    Ok(proven)
}

fn read(
    subject: &Subject,
    threads: NonZero<usize>,
    stop: &AtomicBool,
) -> Result<Counted, NotProven> {
    // The manifest has the others, which were compared with it.
    for path in subject.undescribed_files() {
        if let Err(source) = std::fs::read(&path) {
            return Err(NotProven::Beside { path, source });
        }
    }
    let path = subject.dump_file();
    if subject.code() == Some(BackupCode::Cluster) {
        return Ok(script::read(path, stop)?);
    }
    let archive = Archive::open(path)?;
    let contents = archive.read_to_end_by(threads, stop)?;
    if !contents.unlisted.is_empty() {
        return Err(NotProven::Unlisted {
            directory: path.to_owned(),
            names: contents.unlisted,
        });
    }
    Ok(Counted {
        rows: contents.rows(),
        inserts: contents.inserts(),
        large_objects: contents.large_objects(),
        unpacked: contents.bytes(),
    })
}

/// The first names of many.
fn some_of(names: &[OsString]) -> String {
    const NAMED: usize = 3;
    let mut named: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if names.len() > NAMED {
        named.push(format!("and {} more", names.len() - NAMED));
    }
    named.join(", ")
}
