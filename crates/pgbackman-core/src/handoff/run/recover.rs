//! What is done about a run that died.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::accounted::{Accounted, NotRecovered, When};
use super::claim::{self, DeadRun, RunError, RunLock};
use super::record::{self, PausedNode, RunRecord, result_of_dead};
use super::resume::resume;
use super::{artifact, recover_restore};
use crate::domain::backup::BackupResult;
use crate::domain::status::ExecutionStatus;
use crate::handoff::cache::NodeCache;
use crate::handoff::directory_mark::{self, Standing, standing};
use crate::handoff::report::{Reported, Reporting};
use crate::sys::boot;
use crate::sys::directory::Directory;

/// A run that died and is now accounted for.
#[derive(Debug)]
pub struct Recovered {
    /// The lock, for whoever continues to run the same definition. Everybody else calls [`Recovered::close`].
    pub lock: RunLock,
    /// How the run ended, as it was reported.
    pub result: BackupResult,
    /// Where that was reported to.
    pub reported: Reported,
    /// A standby whose replay could not be resumed yet.
    pub still_paused: Option<PausedNode>,
    /// What could not be put right, in words.
    pub problems: Vec<String>,
}

impl Recovered {
    /// Removes the record; unless a standby is still paused, which the next attempt has to know.
    pub fn close(self) -> Result<(), RunError> {
        if self.still_paused.is_some() {
            Ok(())
        } else {
            self.lock.release()
        }
    }
}

/// Lets a standby's replay continue; completes what a dead run had begun to publish, or removes what it wrote before; and
/// reports how the run ended. Everything may be repeated: a crash in here leaves the record as it was, and so does an error.
pub async fn recover(dead: DeadRun, reporting: &Reporting<'_>) -> Result<Recovered, NotRecovered> {
    let mut problems = Vec::new();
    let mut still_paused = None;
    if let Some(node) = &dead.record.paused
        && let Err(problem) = resume(node, reporting.env).await
    {
        problems.push(problem.to_string());
        still_paused = Some(node.clone());
    }
    if dead.record.phase.is_complete()
        && let Some(directory) = elsewhere(&dead.record, reporting.root)
    {
        let run = dead.record.result.origin;
        keep(dead, still_paused)?;
        return Err(NotRecovered::Elsewhere { run, directory });
    }
    let roots = reporting.config.backup_server.backup_roots.clone();
    let (result, unsettled) = settle_files(&dead.record, &roots);
    problems.extend(unsettled);
    let reported = reporting.report(&result).await?;
    Ok(Recovered {
        lock: dead.into_lock(),
        result,
        reported,
        still_paused,
        problems,
    })
}

/// Writes down that replay continues again: the next attempt must not end a pause that somebody else has made meanwhile.
fn keep(dead: DeadRun, still_paused: Option<PausedNode>) -> Result<(), RunError> {
    if dead.record.paused == still_paused {
        return Ok(());
    }
    let record = RunRecord {
        paused: still_paused,
        ..dead.record.clone()
    };
    dead.into_lock().begin(record).map(drop)
}

/// The directory of the node's backups, if it is not the one that the run wrote into: going by its mark and the node's cache, to
/// which control gives another mark when an operator has accepted one.
fn elsewhere(record: &RunRecord, root: Option<&Path>) -> Option<PathBuf> {
    let cache = NodeCache::read(root.unwrap_or(&record.root), record.result.node).ok()?;
    let directory = cache.backup_partition;
    let wrote_here = record
        .artifacts
        .iter()
        .any(|artifact| artifact.directory.starts_with(&directory));
    let is_the_one = || {
        // One that is missing or cannot be read may be there again soon.
        Directory::open_trusted(&directory)
            .and_then(|directory| directory_mark::read(&directory))
            .is_ok_and(|found| standing(cache.directory_mark, found) == Standing::Same)
    };
    (cache.directory_mark.is_some() && wrote_here && !is_the_one()).then_some(directory)
}

/// Recovers the run of this record, a backup's or a restore's. `None`: it is alive, or is over and left nothing.
///
/// # Errors
/// [`NotRecovered`]; the record stays, and the next attempt begins again. `now` says whether a target that is still to be put right is
/// tried again.
pub async fn recover_path(
    path: &Path,
    reporting: &Reporting<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Accounted>, NotRecovered> {
    if super::is_restore(path) {
        let when = When {
            now,
            at_once: false,
        };
        return recover_restore::recover_path(path, reporting, when).await;
    }
    let Some(dead) = claim::claim_dead(path)? else {
        return Ok(None);
    };
    let recovered = recover(dead, reporting).await?;
    let accounted = Accounted {
        status: recovered.result.status,
        reason: recovered.result.error_message.clone(),
        problems: recovered.problems.clone(),
    };
    recovered.close()?;
    Ok(Some(accounted))
}

/// Files and result of a dead run, and what could not be put right.
///
/// A complete backup whose names cannot be given is an ERROR, since nobody will find it where it should be; but its files stay,
/// because they are all there is of it.
pub(super) fn settle_files(record: &RunRecord, roots: &[PathBuf]) -> (BackupResult, Vec<String>) {
    let mut result = result_of_dead(record, &boot::id());
    if record.phase.is_complete() {
        if let Err(error) = artifact::publish(&record.artifacts, roots) {
            result = record::without_files(result);
            result.status = ExecutionStatus::Error;
            result.error_message = Some(format!(
                "the run died while its complete backup was being renamed, and the renaming could not be finished: \
                 {error}; its files were not moved, and some names still end in .partial"
            ));
        }
        return (result, Vec::new());
    }
    match artifact::remove_all(&record.artifacts, roots) {
        Ok(()) => (result, Vec::new()),
        Err(error) => (result, vec![error.to_string()]),
    }
}
