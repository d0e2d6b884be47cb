//! Results that wait for the catalogue: `pending_updates/backup-<uuid>.json` (traps 29, 29a).
//!
//! The name carries the run's UUID, so that no two processes ever write one file; the document is the whole result, and
//! registering it twice changes nothing.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::domain::backup::BackupResult;
use crate::sys::atomic_file::{self, PRIVATE_FILE};
use crate::sys::privilege::Owner;

/// The version this software writes and the only one it reads.
pub const VERSION: u32 = 1;

/// The content of a pending file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingBackup {
    /// The format's version.
    pub version: u32,
    /// The result as it is to be registered.
    pub backup: BackupResult,
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

/// Where the result of a run waits.
pub fn path(root: &Path, run: Uuid) -> PathBuf {
    directory(root).join(format!("backup-{run}.json"))
}

/// Writes the result of a run: whole or not at all, and flushed.
pub fn write(
    root: &Path,
    result: &BackupResult,
    owner: Option<Owner>,
) -> Result<PathBuf, PendingError> {
    let path = path(root, result.run_uuid);
    let failed = |reason: String| PendingError {
        action: "write",
        path: path.clone(),
        reason,
    };
    let document = PendingBackup {
        version: VERSION,
        backup: result.clone(),
    };
    let mut json =
        serde_json::to_vec_pretty(&document).map_err(|error| failed(error.to_string()))?;
    json.push(b'\n');
    atomic_file::write(&path, &json, PRIVATE_FILE, owner)
        .map_err(|error| failed(error.to_string()))?;
    Ok(path)
}

/// Reads one pending file.
pub fn read(path: &Path) -> Result<BackupResult, PendingError> {
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
    let document: PendingBackup =
        serde_json::from_slice(&json).map_err(|error| failed(error.to_string()))?;
    Ok(document.backup)
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// All pending files of this format, in order of name. No directory: nothing is pending.
pub fn list(root: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(directory(root)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry?;
        if is_pending_name(&entry.file_name()) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn is_pending_name(name: &OsStr) -> bool {
    name.to_str()
        .and_then(|name| name.strip_prefix("backup-")?.strip_suffix(".json"))
        .is_some_and(|uuid| Uuid::parse_str(uuid).is_ok())
}
