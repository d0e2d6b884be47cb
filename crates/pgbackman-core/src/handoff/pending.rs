//! Results that wait for the catalogue: `pending_updates/backup-<uuid>.json`, `restore-<uuid>.json` (traps 29, 29a).
//!
//! The name carries the run's UUID, so that no two processes ever write one file; the document is the whole result, and
//! registering it twice changes nothing.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

use crate::domain::backup::BackupResult;
use crate::domain::restore::RestoreResult;
use crate::sys::atomic_file::{self, PRIVATE_FILE};
use crate::sys::directory::Directory;
use crate::sys::entries::EntryKind;
use crate::sys::privilege::Owner;

/// The version this software writes and the only one it reads.
pub const VERSION: u32 = 1;

/// The directory below `pending_updates` of files that were refused.
pub const REFUSED: &str = "refused";

/// How the names of backups' files begin.
const BACKUP: &str = "backup-";
/// How the names of restores' files begin.
const RESTORE: &str = "restore-";
/// How all of them end.
const SUFFIX: &str = ".json";

/// The content of a pending file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingBackup {
    /// The format's version.
    pub version: u32,
    /// The result as it is to be registered.
    pub backup: BackupResult,
}

/// The content of a restore's pending file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRestore {
    /// The format's version.
    pub version: u32,
    /// The result as it is to be registered.
    pub restore: RestoreResult,
}

/// A larger file is no result.
const LARGEST: u64 = 16 * 1024 * 1024;

/// What the name of a pending file says, with the run's UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// `backup-<uuid>.json`
    Backup(Uuid),
    /// `restore-<uuid>.json`
    Restore(Uuid),
}

impl Pending {
    /// `None` for a name that no program of this version gives.
    pub fn by_name(name: &OsStr) -> Option<Self> {
        let stem = name.to_str()?.strip_suffix(SUFFIX)?;
        let run = |prefix: &str| Uuid::parse_str(stem.strip_prefix(prefix)?).ok();
        run(BACKUP)
            .map(Self::Backup)
            .or_else(|| run(RESTORE).map(Self::Restore))
    }
}

/// A result that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// Of a backup or snapshot.
    Backup(Box<BackupResult>),
    /// Of a restore.
    Restore(Box<RestoreResult>),
}

/// Why a pending file could not be written.
#[derive(Debug, Error)]
#[error("cannot write the pending result {}: {source}", path.display())]
pub struct PendingError {
    path: PathBuf,
    source: io::Error,
}

/// Why a file of `pending_updates` is not read as a result. It is kept and reported (trap 29).
#[derive(Debug, Error)]
pub enum Unreadable {
    /// It cannot be checked.
    #[error(transparent)]
    Unseen(io::Error),
    /// It is a directory, a symbolic link or the like.
    #[error("it is {}", .0.describe())]
    NoFile(EntryKind),
    /// Its name is none of ours.
    #[error("a result cannot have this name")]
    Name,
    /// It is too large.
    #[error("it has {0} bytes: no result is this large")]
    TooLarge(u64),
    /// It cannot be opened.
    #[error(transparent)]
    Closed(io::Error),
    /// Its content cannot be read.
    #[error(transparent)]
    Unread(io::Error),
    /// It has no content.
    #[error("it is empty")]
    Empty,
    /// It is of another version of the format.
    #[error("its format has version {0}, but this software reads version {VERSION}")]
    Version(u64),
    /// It does not say which version it is of.
    #[error("it is damaged: the version is missing")]
    NoVersion,
    /// It is no JSON document, or none of a result.
    #[error("it is damaged: {0}")]
    Damaged(#[source] serde_json::Error),
    /// Its name names another run.
    #[error("it is the result of another run, {0}")]
    OtherRun(Uuid),
}

impl Unreadable {
    /// Whether it may be read another time.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Unseen(_) | Self::Unread(_))
    }
}

/// `pending_updates` below a server's root directory.
pub fn directory(root: &Path) -> PathBuf {
    root.join("pending_updates")
}

/// Where the result of a backup's run waits.
pub fn path(root: &Path, run: Uuid) -> PathBuf {
    directory(root).join(format!("{BACKUP}{run}{SUFFIX}"))
}

/// Where the result of a restore waits.
pub fn restore_path(root: &Path, run: Uuid) -> PathBuf {
    directory(root).join(format!("{RESTORE}{run}{SUFFIX}"))
}

/// Writes the result of a backup's run: whole or not at all, and flushed.
pub fn write(
    root: &Path,
    result: &BackupResult,
    owner: Option<Owner>,
) -> Result<PathBuf, PendingError> {
    let document = PendingBackup {
        version: VERSION,
        backup: result.clone(),
    };
    write_document(path(root, result.run_uuid), &document, owner)
}

/// Writes the result of a restore: whole or not at all, and flushed.
pub fn write_restore(
    root: &Path,
    result: &RestoreResult,
    owner: Option<Owner>,
) -> Result<PathBuf, PendingError> {
    let document = PendingRestore {
        version: VERSION,
        restore: result.clone(),
    };
    write_document(restore_path(root, result.run_uuid), &document, owner)
}

fn write_document(
    path: PathBuf,
    document: &impl Serialize,
    owner: Option<Owner>,
) -> Result<PathBuf, PendingError> {
    let written = || -> io::Result<()> {
        let mut json = serde_json::to_vec_pretty(document)?;
        json.push(b'\n');
        atomic_file::write(&path, &json, PRIVATE_FILE, owner)
    };
    match written() {
        Ok(()) => Ok(path),
        Err(source) => Err(PendingError { path, source }),
    }
}

/// `pending_updates` below a root; `None`: there is none, and nothing is pending.
pub fn open(root: &Path) -> io::Result<Option<Directory>> {
    let relative = directory(Path::new(""));
    match Directory::open_trusted(root).and_then(|root| root.open_below(&relative)) {
        Ok(directory) => Ok(Some(directory)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads one file of `pending_updates`; `None` where it is gone. Whatever it says, it is a result of the run in its name.
pub fn read(directory: &Directory, name: &OsStr) -> Result<Option<Waiting>, Unreadable> {
    let Some(entry) = directory.entry(name).map_err(Unreadable::Unseen)? else {
        return Ok(None);
    };
    if entry.kind != EntryKind::File {
        return Err(Unreadable::NoFile(entry.kind));
    }
    let pending = Pending::by_name(name).ok_or(Unreadable::Name)?;
    if entry.size > LARGEST {
        return Err(Unreadable::TooLarge(entry.size));
    }
    let Some(file) = directory.open_file(name).map_err(Unreadable::Closed)? else {
        return Ok(None);
    };
    let mut json = Vec::new();
    file.take(LARGEST)
        .read_to_end(&mut json)
        .map_err(Unreadable::Unread)?;
    parse(&json, pending).map(Some)
}

fn parse(json: &[u8], pending: Pending) -> Result<Waiting, Unreadable> {
    let document = versioned(json)?;
    let (waiting, found, named) = match pending {
        Pending::Backup(run) => {
            let PendingBackup { backup, .. } =
                serde_json::from_value(document).map_err(Unreadable::Damaged)?;
            let found = backup.run_uuid;
            (Waiting::Backup(Box::new(backup)), found, run)
        }
        Pending::Restore(run) => {
            let PendingRestore { restore, .. } =
                serde_json::from_value(document).map_err(Unreadable::Damaged)?;
            let found = restore.run_uuid;
            (Waiting::Restore(Box::new(restore)), found, run)
        }
    };
    if found == named {
        Ok(waiting)
    } else {
        Err(Unreadable::OtherRun(found))
    }
}

fn versioned(json: &[u8]) -> Result<Value, Unreadable> {
    if json.iter().all(u8::is_ascii_whitespace) {
        return Err(Unreadable::Empty);
    }
    let document: Value = serde_json::from_slice(json).map_err(Unreadable::Damaged)?;
    match document.get("version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => Ok(document),
        Some(version) => Err(Unreadable::Version(version)),
        None => Err(Unreadable::NoVersion),
    }
}

/// What waits below a root in files of this format, in order of their names, each with its path. Files with other names, as
/// those of 1.x, are left out.
///
/// # Errors
/// The directory cannot be listed.
pub fn list(root: &Path) -> io::Result<Vec<(PathBuf, Result<Waiting, Unreadable>)>> {
    let Some(directory) = open(root)? else {
        return Ok(Vec::new());
    };
    let mut waiting = Vec::new();
    for name in directory.names()? {
        if Pending::by_name(&name).is_none() {
            continue;
        }
        if let Some(result) = read(&directory, &name).transpose() {
            waiting.push((directory.path().join(&name), result));
        }
    }
    Ok(waiting)
}

#[cfg(test)]
#[path = "pending_tests.rs"]
mod tests;
