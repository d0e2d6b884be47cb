//! The record and lock of a run in progress (`docs/spec/backups.md`, "Run record").
//!
//! `<root>/run/defid12.run` (or `snapid7.run`, `restoredef3.run`) is held by `flock` for the life of the run and of everything it started. It
//! holds one JSON document per line, appended and flushed; the last whole line is what was true last. A line torn by a crash
//! is ignored, so the record needs no rename, and the locked file stays the same file.
//!
//! Whoever gets the lock and finds a record knows that the run died. [`recover`] then completes or removes what it left and
//! registers how it ended.

mod accounted;
mod artifact;
mod begun;
mod claim;
mod expected;
mod put_right;
mod record;
mod recover;
mod recover_all;
mod recover_restore;
mod restore;
mod resume;
mod stood_for;
mod target;
#[cfg(test)]
mod tests;

pub use accounted::{Accounted, NotRecovered};
pub use artifact::{Artifact, ArtifactError, ArtifactKind, publish, remove_all};
pub use begun::begun;
pub use claim::{
    ActiveRun, Claim, DeadRun, RunError, RunLock, claim, claim_dead, claim_restore, list,
    take_once, take_requested_once, take_restore_once,
};
pub use expected::still_to_come;
pub use put_right::{PutRight, StillToPutRight};
pub use record::{PausedNode, Phase, Record, RunRecord, VERSION};
pub use recover::{Recovered, recover, recover_path};
pub use recover_all::recover_all;
pub use recover_restore::recover_restores;
pub use restore::{RestorePhase, RestoreRecord};
pub use resume::{NotResumed, StillPaused, connect_to_node, resume};
pub use stood_for::{note_start, noted_start};
pub use target::{Changes, Made, Renamed, TargetServer};

use std::path::{Path, PathBuf};

use crate::domain::backup::BackupOrigin;
use crate::domain::ids::RestoreDefId;

/// `run` below a server's root directory.
pub fn directory(root: &Path) -> PathBuf {
    root.join("run")
}

/// The file whose lock is the right to find out whether a backup fits on its disk, for one run of the server after the other. It
/// stays where it is. The directory itself would not do: NFS gives no exclusive lock on one.
pub fn room_lock(root: &Path) -> PathBuf {
    directory(root).join("room.lock")
}

/// The run record of a definition or snapshot.
pub fn path(root: &Path, origin: BackupOrigin) -> PathBuf {
    directory(root).join(match origin {
        BackupOrigin::Definition(id) => format!("defid{id}.run"),
        BackupOrigin::Snapshot(id) => format!("snapid{id}.run"),
    })
}

/// The run record of a restore.
pub fn restore_path(root: &Path, restore: RestoreDefId) -> PathBuf {
    directory(root).join(format!("{RESTORE_PREFIX}{restore}.run"))
}

/// How the names of restores' records begin.
const RESTORE_PREFIX: &str = "restoredef";

/// How the claims of requested runs begin.
const REQUEST_PREFIX: &str = "request";

/// Whether a record is that of a restore.
pub(crate) fn is_restore(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(RESTORE_PREFIX))
}
