//! The record of a restore, and what is done about a restore that died.
//!
//! A restore changes a server, not files: the record says which database it renames and which it makes, before it does so, and
//! knows them by their OIDs afterwards. Nothing is ever dropped (trap 10): the new database of a restore that failed is renamed
//! aside, and the one that was there before gets its name back unless contents had begun to be written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedReceiver;

use super::claim::{self, DeadRun, RunError};
use super::put_right::StillToPutRight;
use super::record::{Record, cause_of_death};
use super::recover::{Accounted, NotRecovered};
use crate::config::Environment;
use crate::conninfo::{
    AsyncEvent, ConnectError, ConnectTarget, Session, connect, connect_listening,
};
use crate::domain::restore::RestoreResult;
use crate::domain::status::ExecutionStatus;
use crate::handoff::report::Reporting;
use crate::sys::boot;

/// The version of a restore's record that this software writes and the only one it reads.
const VERSION: u32 = 1;
/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(20);
/// Databases to connect to for renaming another one.
const MEETING_PLACES: [&str; 2] = ["postgres", "template1"];

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

/// A server to restore to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetServer {
    /// Host name, address or socket directory.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The role that restores.
    pub user: String,
    /// The name under which a run's own sessions appear, which no other run has; `None`: that of the program.
    #[serde(skip)]
    pub application: Option<String>,
}

/// A database that was there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// Its OID.
    pub oid: u32,
    /// Its name before.
    pub from: String,
    /// Its name afterwards.
    pub to: String,
    /// Whether anybody may connect to it: not while it is being renamed.
    pub allows_connections: bool,
}

/// A database that the restore makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its name. Nobody had it when this was written down.
    pub name: String,
    /// Its OID, once it exists.
    pub oid: Option<u32>,
    /// The name it gets when the restore fails.
    pub aside: String,
    /// The name under which it is made, which nobody else gives to a database: of its own name it is only once its OID is written
    /// down. The session that makes it has it as its application name, without the number of a script's database (CLUSTER). `None`:
    /// an older program makes it by a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

impl Made {
    /// The application name of the session that makes the database with this mark.
    pub(super) fn maker(mark: &str) -> &str {
        mark.match_indices('_')
            .nth(1)
            .map_or(mark, |(at, _)| &mark[..at])
    }
}

/// What a restore changes about the target's databases, written down before it happens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Databases that are renamed.
    pub renamed: Vec<Renamed>,
    /// Databases that are made.
    pub made: Vec<Made>,
    /// Whether contents have begun to be written: then nothing gets its old name back.
    pub contents_begun: bool,
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

/// When a recovery is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    /// The time.
    pub(super) now: DateTime<Utc>,
    /// Whether pauses are ignored.
    pub(super) at_once: bool,
}

impl TargetServer {
    /// Connects to a database of the server in which nobody restores: `postgres`, or `template1`; not to `avoid`.
    pub async fn connect_beside(
        &self,
        avoid: &str,
        env: &Environment,
    ) -> Result<Session, ConnectError> {
        let [first, second] = if avoid == MEETING_PLACES[0] {
            [MEETING_PLACES[1], MEETING_PLACES[1]]
        } else {
            MEETING_PLACES
        };
        match self.connect(first, env).await {
            Err(error) if error.lacks_database() => self.connect(second, env).await,
            outcome => outcome,
        }
    }

    /// Connects to a database of the server.
    pub async fn connect(&self, dbname: &str, env: &Environment) -> Result<Session, ConnectError> {
        connect(&self.database(dbname), env, CONNECT).await
    }

    /// The same, and hears what the server sends unasked.
    pub async fn connect_listening(
        &self,
        dbname: &str,
        env: &Environment,
    ) -> Result<(Session, UnboundedReceiver<AsyncEvent>), ConnectError> {
        connect_listening(&self.database(dbname), env, CONNECT).await
    }

    /// The same server for sessions that do not belong to a run.
    #[must_use]
    pub fn of_no_run(&self) -> Self {
        Self {
            application: None,
            ..self.clone()
        }
    }

    /// The name under which its sessions appear on the server.
    pub fn application_name(&self) -> &str {
        self.application.as_deref().unwrap_or("pgbackman_restore")
    }

    fn database(&self, dbname: &str) -> ConnectTarget {
        ConnectTarget::node(&self.host, self.port, &self.user, dbname)
            .with_application_name(self.application_name())
    }
}

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
            format!("it was put right later, by attempt {attempt}")
        } else {
            format!("after {attempt} attempts it is not tried any more")
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
                "an earlier restore was over and is registered as {}: {}",
                accounted.status,
                accounted.reason.unwrap_or_default()
            )),
            Err(problem) => said.push(problem.to_string()),
        }
    }
    said
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
