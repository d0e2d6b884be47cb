//! The record and lock of a run in progress (`docs/spec/programs.md`, "Run record").
//!
//! `<root>/run/defid12.run` (or `snapid7.run`) is held by `flock` for the life of the run and of everything it started. It
//! holds one JSON document per line, appended and flushed; the last whole line is what was true last. A line torn by a crash
//! is ignored, so the record needs no rename, and the locked file stays the same file.
//!
//! Whoever gets the lock and finds a record knows that the run died. [`recover`] then completes or removes what it left and
//! registers how it ended.

mod artifact;
mod claim;
mod record;
mod recover;
mod resume;
#[cfg(test)]
mod tests;

pub use artifact::{Artifact, ArtifactError, ArtifactKind, publish, remove_all};
pub use claim::{ActiveRun, Claim, DeadRun, RunError, RunLock, claim, claim_dead, list, take_once};
pub use record::{PausedNode, Phase, RunRecord, VERSION};
pub use recover::{Recovered, recover};
pub use resume::{connect_for_pause, resume};

use std::path::{Path, PathBuf};

use crate::domain::backup::BackupOrigin;

/// `run` below a server's root directory.
pub fn directory(root: &Path) -> PathBuf {
    root.join("run")
}

/// The run record of a definition or snapshot.
pub fn path(root: &Path, origin: BackupOrigin) -> PathBuf {
    directory(root).join(match origin {
        BackupOrigin::Definition(id) => format!("defid{id}.run"),
        BackupOrigin::Snapshot(id) => format!("snapid{id}.run"),
    })
}
