//! Results that wait for the catalogue: `pending_updates/backup-<uuid>.json`, `restore-<uuid>.json` (traps 29, 29a).
//!
//! The name carries the run's UUID, so that no two processes ever write one file; the document is the whole result, and
//! registering it twice changes nothing.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::domain::backup::BackupResult;
use crate::domain::restore::RestoreResult;
use crate::sys::atomic_file::{self, PRIVATE_FILE};
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

/// Why a pending file could not be written or read. One that cannot be read is kept and reported (trap 29).
#[derive(Debug, Error)]
#[error("cannot {action} the pending result {path}: {reason}", path = path.display())]
pub struct PendingError {
    action: &'static str,
    path: PathBuf,
    reason: String,
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
    let failed = |reason: String| PendingError {
        action: "write",
        path: path.clone(),
        reason,
    };
    let mut json =
        serde_json::to_vec_pretty(document).map_err(|error| failed(error.to_string()))?;
    json.push(b'\n');
    atomic_file::write(&path, &json, PRIVATE_FILE, owner)
        .map_err(|error| failed(error.to_string()))?;
    Ok(path)
}

/// Reads a backup's pending file.
pub fn read(path: &Path) -> Result<BackupResult, PendingError> {
    read_document::<PendingBackup>(path).map(|document| document.backup)
}

/// Reads a restore's pending file.
pub fn read_restore(path: &Path) -> Result<RestoreResult, PendingError> {
    read_document::<PendingRestore>(path).map(|document| document.restore)
}

fn read_document<T: DeserializeOwned>(path: &Path) -> Result<T, PendingError> {
    let failed = |reason: String| PendingError {
        action: "read",
        path: path.to_owned(),
        reason,
    };
    let json = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    let versioned: Versioned =
        serde_json::from_slice(&json).map_err(|error| failed(error.to_string()))?;
    if versioned.version != VERSION {
        return Err(failed(format!(
            "its format has version {}, this software reads {VERSION}",
            versioned.version
        )));
    }
    serde_json::from_slice(&json).map_err(|error| failed(error.to_string()))
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// All pending files of backups in this format, in order of name. No directory: nothing is pending.
pub fn list(root: &Path) -> io::Result<Vec<PathBuf>> {
    list_named(root, BACKUP)
}

/// All pending files of restores, in order of name. No directory: nothing is pending.
pub fn list_restores(root: &Path) -> io::Result<Vec<PathBuf>> {
    list_named(root, RESTORE)
}

fn list_named(root: &Path, prefix: &str) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(directory(root)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry?;
        if is_pending_name(&entry.file_name(), prefix) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn is_pending_name(name: &OsStr, prefix: &str) -> bool {
    name.to_str()
        .and_then(|name| name.strip_prefix(prefix)?.strip_suffix(SUFFIX))
        .is_some_and(|uuid| Uuid::parse_str(uuid).is_ok())
}
