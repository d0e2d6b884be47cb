//! What is done about a run that died.

use std::path::PathBuf;

use super::artifact;
use super::claim::{DeadRun, RunError, RunLock};
use super::record::{self, result_of_dead};
use crate::domain::backup::BackupResult;
use crate::domain::status::ExecutionStatus;
use crate::handoff::report::{NotReported, Reported, Reporting};
use crate::sys::boot;

/// A run that died and is now accounted for.
#[derive(Debug)]
pub struct Recovered {
    /// The lock, for whoever goes on to run the same definition; to be released otherwise.
    pub lock: RunLock,
    /// How the run ended, as it was reported.
    pub result: BackupResult,
    /// Where that was reported to.
    pub reported: Reported,
    /// What could not be put right, in words: files that could not be removed.
    pub problems: Vec<String>,
}

/// Why a dead run is not accounted for. Its record stays, for the next attempt.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// Its result could not be reported.
    #[error(transparent)]
    NotReported(#[from] NotReported),
    /// Its record could not be used.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Completes what a dead run had begun to publish, or removes what it wrote before; and reports how it ended. Everything may
/// be repeated: a crash in here leaves the record as it was.
pub async fn recover(dead: DeadRun, reporting: &Reporting<'_>) -> Result<Recovered, RecoverError> {
    let roots = reporting.config.backup_server.backup_roots.clone();
    let (result, problems) = settle_files(&dead, &roots);
    let reported = reporting.report(&result).await?;
    let lock = dead.forget()?;
    Ok(Recovered {
        lock,
        result,
        reported,
        problems,
    })
}

fn settle_files(dead: &DeadRun, roots: &[PathBuf]) -> (BackupResult, Vec<String>) {
    let record = &dead.record;
    let mut result = result_of_dead(record, &boot::id());
    if record.phase.is_complete() {
        match artifact::publish(&record.artifacts, roots) {
            Ok(()) => return (result, Vec::new()),
            Err(error) => {
                result = record::without_files(result);
                result.status = ExecutionStatus::Error;
                result.error_message = Some(format!(
                    "the run died while its complete backup was being renamed, which could not be finished: {error}"
                ));
            }
        }
    }
    match artifact::remove_all(&record.artifacts, roots) {
        Ok(()) => (result, Vec::new()),
        Err(error) => (result, vec![error.to_string()]),
    }
}
