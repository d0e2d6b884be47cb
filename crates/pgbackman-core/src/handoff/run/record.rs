//! What a run's record says.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::artifact::Artifact;
use crate::domain::backup::BackupResult;

/// The version this software writes and the only one it reads.
pub const VERSION: u32 = 1;

/// What is in the lines of a record's file.
pub trait Record: Serialize + DeserializeOwned {
    /// The version of the format that this software writes and the only one it reads.
    const VERSION: u32;

    /// The version that a line says it has.
    fn version(&self) -> u32;
}

/// How far a run has come, as far as recovery must tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing has been started yet.
    Preparing,
    /// Files are being written under `.partial` names.
    Dumping,
    /// Everything is complete and flushed under `.partial` names; they are being renamed. The result is final.
    Publishing,
    /// All files have their names; the result is to be registered.
    Published,
    /// The run failed; the result says why. What it wrote is to be removed.
    Failed,
}

impl Phase {
    /// Whether the run's result is what is to be registered, even if the run died afterwards.
    pub const fn has_result(self) -> bool {
        matches!(self, Self::Publishing | Self::Published | Self::Failed)
    }

    /// Whether the backup's files are complete.
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Publishing | Self::Published)
    }
}

/// A standby whose replay this run has paused, or was about to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedNode {
    /// Host name, address or socket directory.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The role that takes backups.
    pub user: String,
}

/// The record of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The format's version.
    pub version: u32,
    /// How far the run has come.
    pub phase: Phase,
    /// The last named step it reached, for operators and tests.
    pub step: String,
    /// When this line was written: the run was alive then.
    pub written: DateTime<Utc>,
    /// The machine's boot: tells a reboot from a kill.
    pub boot_id: String,
    /// What is known of the run; the final result once [`Phase::has_result`].
    pub result: BackupResult,
    /// Every file it writes, before it writes it.
    pub artifacts: Vec<Artifact>,
    /// What it is expected to write, bytes, where anything is known of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
    /// The standby whose replay must continue again.
    pub paused: Option<PausedNode>,
    /// The root directory whose `pending_updates` takes the result if the catalogue does not.
    pub root: PathBuf,
}

impl Record for RunRecord {
    const VERSION: u32 = VERSION;

    fn version(&self) -> u32 {
        self.version
    }
}

/// Why a run that was alive in one boot of the machine is not any more.
pub(super) fn cause_of_death(boot_id: &str, this_boot: &str) -> &'static str {
    if boot_id == this_boot {
        "it was killed or crashed"
    } else {
        "the machine was restarted"
    }
}

/// The result to register for a run that died in this state.
pub(super) fn result_of_dead(record: &RunRecord, this_boot: &str) -> BackupResult {
    if record.phase.has_result() {
        return record.result.clone();
    }
    let cause = cause_of_death(&record.boot_id, this_boot);
    let mut result = record.result.clone();
    result.status = crate::domain::status::ExecutionStatus::Error;
    result.finished = record.written;
    result.error_message = Some(format!(
        "the run (process {}) ended before its backup was complete: {cause}; its last step was \"{}\" at {}",
        result.procpid,
        record.step,
        record.written.format("%Y-%m-%d %H:%M:%S UTC"),
    ));
    without_files(result)
}

/// The result of a backup whose files are gone; the logs stay.
pub(super) fn without_files(mut result: BackupResult) -> BackupResult {
    for part in [&mut result.dump, &mut result.roles, &mut result.dbconfig] {
        part.file = None;
        part.size = None;
    }
    result.checksum = None;
    result.manifest_file = None;
    result
}
