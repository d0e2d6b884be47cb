//! The record of a restore.
//!
//! A restore changes a server, not files: the record says which database it renames and which it makes, before it does so, and
//! knows them by their OIDs afterwards. Nothing is ever dropped (trap 10): the new database of a restore that failed is renamed
//! aside, and the one that was there before gets its name back unless contents had begun to be written.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::put_right::StillToPutRight;
use super::record::Record;
use super::target::{Changes, TargetServer};
use crate::domain::restore::RestoreResult;

/// The version of a restore's record that this software writes and the only one it reads.
const VERSION: u32 = 1;
/// How far a restore has come, as far as recovery must tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestorePhase {
    /// Nothing on the target has been changed.
    Preparing,
    /// The target is being changed: [`Changes`] says how.
    Working,
    /// The result is final, and is to be registered.
    Finished,
}

/// The record of one restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreRecord {
    /// The format's version.
    pub version: u32,
    /// How far the run has come.
    pub phase: RestorePhase,
    /// The last named step it reached, for operators and tests.
    pub step: String,
    /// When this line was written: the run was alive then.
    pub written: DateTime<Utc>,
    /// The machine's boot: tells a reboot from a kill.
    pub boot_id: String,
    /// What is known of the run; the final result once it is finished.
    pub result: RestoreResult,
    /// Where it restores to.
    pub target: TargetServer,
    /// What it changes there.
    pub changes: Changes,
    /// What is still to be done there after the result was reported; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub still: Option<StillToPutRight>,
    /// The root directory whose `pending_updates` takes the result if the catalogue does not.
    pub root: PathBuf,
}

impl RestoreRecord {
    /// The version of the format.
    pub const VERSION: u32 = VERSION;
}

impl Record for RestoreRecord {
    const VERSION: u32 = VERSION;

    fn version(&self) -> u32 {
        self.version
    }
}
