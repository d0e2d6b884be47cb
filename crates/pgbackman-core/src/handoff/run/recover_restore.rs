//! What is done about a restore that died.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::accounted::{Accounted, NotRecovered, When};
use super::claim::{self, DeadRun, RunError};
use super::put_right::StillToPutRight;
use super::record::cause_of_death;
use super::restore::{RestorePhase, RestoreRecord};
use crate::domain::restore::RestoreResult;
use crate::domain::status::ExecutionStatus;
use crate::handoff::report::Reporting;
use crate::sys::boot;

/// What has become of a restore whose process is gone.
enum Account {
    /// It is over, and its record may go.
    Closed(RestoreResult),
    /// It is registered, and its target is still to be put right.
    Open(RestoreResult, NotRecovered),
    /// It is not time yet to try again.
    NotDue,
}

/// Puts the target of a restore that is over right, if that is still to be done, and reports how it ended. Can be repeated; an
/// error says that the result is reported nowhere yet.
async fn account(
    dead: DeadRun<RestoreRecord>,
    reporting: &Reporting<'_>,
    when: When,
) -> Result<Account, NotRecovered> {
    let record = dead.record.clone();
    if let Some(still) = &record.still {
        let finished = record.result.finished;
        let is_over = StillToPutRight::is_over(finished, when.now);
        if !when.at_once && !still.is_due(when.now) && !is_over {
            return Ok(Account::NotDue);
        }
        let put = record
            .changes
            .put_right(&record.target, reporting.env)
            .await;
        let mut result = record.result.clone();
        if !put.done && !is_over {
            let open = still_open(&result, put.said);
            keep(dead, result.clone(), still.again(when.now))?;
            return Ok(Account::Open(result, open));
        }
        result.revision = result.revision.saturating_add(1);
        let attempt = still.attempts.saturating_add(1);
        let how = if put.done {
            format!("the changes were undone later, by attempt {attempt}")
        } else {
            format!("gave up after {attempt} attempts")
        };
        result.error_message = Some(put.with_reason(&format!("{} ({how})", still.reason)));
        reporting.report_restore(&result).await?;
        dead.into_lock().release()?;
        return Ok(Account::Closed(result));
    }
    if record.phase == RestorePhase::Finished {
        reporting.report_restore(&record.result).await?;
        dead.into_lock().release()?;
        return Ok(Account::Closed(record.result));
    }
    let put = record
        .changes
        .put_right(&record.target, reporting.env)
        .await;
    let result = result_of_dead(&record, &boot::id(), &put.said);
    reporting.report_restore(&result).await?;
    if put.done {
        dead.into_lock().release()?;
        return Ok(Account::Closed(result));
    }
    let still = StillToPutRight::first(how_it_died(&record, &boot::id()), when.now);
    let open = still_open(&result, put.said);
    keep(dead, result.clone(), still)?;
    Ok(Account::Open(result, open))
}

fn still_open(result: &RestoreResult, said: String) -> NotRecovered {
    NotRecovered::Target {
        restore: result.restore,
        said,
    }
}

/// Writes down that the result is final, and that the target is still to be put right. The record stays when its lock goes.
fn keep(
    dead: DeadRun<RestoreRecord>,
    result: RestoreResult,
    still: StillToPutRight,
) -> Result<(), RunError> {
    let record = RestoreRecord {
        phase: RestorePhase::Finished,
        result,
        still: Some(still),
        ..dead.record.clone()
    };
    dead.into_lock().begin(record).map(drop)
}

fn how_it_died(record: &RestoreRecord, this_boot: &str) -> String {
    format!(
        "the restore (process {}) ended before it was complete: {}; its last step was \"{}\" at {}",
        record.result.procpid,
        cause_of_death(&record.boot_id, this_boot),
        record.step,
        record.written.format("%Y-%m-%d %H:%M:%S UTC"),
    )
}

fn result_of_dead(record: &RestoreRecord, this_boot: &str, place: &str) -> RestoreResult {
    let mut result = record.result.clone();
    result.status = ExecutionStatus::Error;
    result.finished = record.written;
    let mut message = how_it_died(record, this_boot);
    let place = if place.is_empty() {
        "no database of the target was changed"
    } else {
        place
    };
    message.push_str("; ");
    message.push_str(place);
    result.error_message = Some(message);
    if !record.changes.contents_begun {
        result.renamed_dbname = None;
    }
    result
}

/// Accounts for the dead restore of this record.
pub(super) async fn recover_path(
    path: &Path,
    reporting: &Reporting<'_>,
    when: When,
) -> Result<Option<Accounted>, NotRecovered> {
    let Some(dead) = claim::claim_dead::<RestoreRecord>(path)? else {
        return Ok(None);
    };
    let is_new = dead.record.still.is_none();
    let (result, problems) = match account(dead, reporting, when).await? {
        Account::NotDue => return Ok(None),
        Account::Closed(result) => (result, Vec::new()),
        // One that is registered already has nothing to tell but that.
        Account::Open(_, open) if !is_new => return Err(open),
        Account::Open(result, open) => (result, vec![open.to_string()]),
    };
    Ok(Some(Accounted {
        status: result.status,
        reason: result.error_message,
        problems,
    }))
}

/// Accounts for every restore that died on this backup server, before another one begins: what a dead one left on the target
/// must not be in its way, so that what is still to be put right is tried at once. What cannot be done is returned in words.
pub async fn recover_restores(
    root: &Path,
    reporting: &Reporting<'_>,
    now: DateTime<Utc>,
) -> Vec<String> {
    let records = match claim::list(root) {
        Ok(records) => records,
        Err(error) => return vec![format!("could not list the run records: {error}")],
    };
    let when = When { now, at_once: true };
    let mut said = Vec::new();
    for path in records.iter().filter(|path| super::is_restore(path)) {
        match recover_path(path, reporting, when).await {
            Ok(None) => {}
            Ok(Some(accounted)) => said.push(format!(
                "an earlier restore had ended, and is registered as {}: {}",
                accounted.status,
                accounted.reason.unwrap_or_default()
            )),
            Err(problem) => said.push(problem.to_string()),
        }
    }
    said
}

#[cfg(test)]
#[path = "recover_restore_tests.rs"]
mod tests;
