//! The record of a restore, and what is done about a restore that died.
//!
//! A restore changes a server, not files: the record says which database it renames and which it makes, before it does so, and
//! knows them by their OIDs afterwards. Nothing is ever dropped (trap 10): the new database of a restore that failed is renamed
//! aside, and the one that was there before gets its name back unless contents had begun to be written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::claim::{self, DeadRun, RunError, RunLock};
use super::record::{Record, cause_of_death};
use super::recover::Accounted;
use crate::catalog::restore_results::RestoreRegistration;
use crate::config::Environment;
use crate::conninfo::{ConnectError, ConnectFailure, ConnectTarget, Session, connect};
use crate::domain::restore::RestoreResult;
use crate::domain::status::ExecutionStatus;
use crate::handoff::report::{NotReported, Reported, Reporting};
use crate::node::{NodeError, databases, rename};
use crate::sys::boot;

/// The version of a restore's record that this software writes and the only one it reads.
const VERSION: u32 = 1;
/// How long putting a target right may take in all.
const WITHIN: Duration = Duration::from_secs(60);
/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(20);
/// How long sessions may take to end when a database is renamed.
const SESSIONS_END: Duration = Duration::from_secs(20);
/// Databases to connect to for renaming another one.
const MEETING_PLACES: [&str; 2] = ["postgres", "template1"];
/// SQLSTATE of a database that does not exist.
const NO_SUCH_DATABASE: &str = "3D000";

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

/// A restore that died and is now accounted for.
#[derive(Debug)]
pub struct RecoveredRestore {
    lock: RunLock,
    /// How it ended, as it was reported.
    pub result: RestoreResult,
    /// Where that was reported to.
    pub reported: Reported<RestoreRegistration>,
}

impl RecoveredRestore {
    /// Removes the record.
    pub fn close(self) -> Result<(), RunError> {
        self.lock.release()
    }
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
            Err(error) if is_unknown_database(&error) => self.connect(second, env).await,
            outcome => outcome,
        }
    }

    /// Connects to a database of the server.
    pub async fn connect(&self, dbname: &str, env: &Environment) -> Result<Session, ConnectError> {
        let target = ConnectTarget::node(&self.host, self.port, &self.user, dbname)
            .with_application_name("pgbackman_restore");
        connect(&target, env, CONNECT).await
    }
}

fn is_unknown_database(error: &ConnectError) -> bool {
    matches!(error.failure(), Some(ConnectFailure::Refused { code, .. }) if code == NO_SUCH_DATABASE)
}

impl Changes {
    /// Whether there is anything to put right.
    pub fn is_empty(&self) -> bool {
        self.renamed.is_empty() && self.made.is_empty()
    }

    /// Puts the target right after a failure, as far as it is reachable, and says in words which database is where. Can be
    /// repeated.
    pub async fn put_right(&self, target: &TargetServer, env: &Environment) -> String {
        if self.is_empty() {
            return String::new();
        }
        let attempt = async {
            let avoid = self.made.first().map_or("", |made| made.name.as_str());
            let session = target
                .connect_beside(avoid, env)
                .await
                .map_err(|error| error.to_string())?;
            let said = self
                .put_right_in(&session)
                .await
                .map_err(|error| error.to_string())?;
            session.close().await;
            Ok(said)
        };
        let outcome = timeout(WITHIN, attempt)
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {} s", WITHIN.as_secs())));
        outcome.unwrap_or_else(|reason| self.as_recorded(&reason))
    }

    async fn put_right_in(&self, session: &Session) -> Result<String, NodeError> {
        let mut said = Vec::new();
        for made in &self.made {
            said.extend(self.set_aside(session, made).await?);
        }
        for renamed in &self.renamed {
            said.push(self.give_back(session, renamed).await?);
        }
        said.push("nothing was dropped".to_owned());
        Ok(said.join("; "))
    }

    /// The new database gets the name that shows that it is not complete.
    async fn set_aside(&self, session: &Session, made: &Made) -> Result<Option<String>, NodeError> {
        let current = match made.oid {
            Some(oid) => rename::name_of(&**session, oid).await?,
            // It was about to be made: a database of that name that is not the one from before is it.
            None => databases::find(&**session, &made.name)
                .await?
                .filter(|found| self.renamed.iter().all(|renamed| renamed.oid != found.oid))
                .map(|found| found.name),
        };
        let Some(current) = current else {
            return Ok(None);
        };
        if current != made.aside {
            rename::rename(session, &current, &made.aside, SESSIONS_END).await?;
        }
        let what = if self.contents_begun {
            "what was restored so far is in"
        } else {
            "the new database, which is empty, is"
        };
        Ok(Some(format!("{what} \"{}\"", made.aside)))
    }

    /// The database from before gets its name back, unless contents have begun to be written.
    async fn give_back(&self, session: &Session, renamed: &Renamed) -> Result<String, NodeError> {
        let Renamed {
            oid,
            from,
            to,
            allows_connections,
        } = renamed;
        let current = rename::name_of(&**session, *oid).await?;
        if let Some(name) = &current {
            // Died while it was being renamed, the restore has left it closed.
            rename::allow_connections(&**session, name, *allows_connections).await?;
        }
        let is_free = databases::find(&**session, from).await?.is_none();
        Ok(match current {
            None => {
                format!("the previous database \"{from}\" is gone, by no doing of this restore")
            }
            Some(name) if name == *to && !self.contents_begun && is_free => {
                rename::rename(session, to, from, SESSIONS_END).await?;
                format!("the previous database is \"{from}\" again, as before")
            }
            Some(name) if name == *from => {
                format!("the previous database is \"{from}\", as before")
            }
            Some(name) => {
                format!("the previous database \"{from}\" is intact and is called \"{name}\" now")
            }
        })
    }

    /// What is known without the target.
    fn as_recorded(&self, reason: &str) -> String {
        let mut said = vec![format!("the target could not be put right ({reason})")];
        said.extend(self.renamed.iter().map(|renamed| {
            format!(
                "the previous database is called \"{}\", or still \"{}\"",
                renamed.to, renamed.from
            )
        }));
        for made in &self.made {
            said.push(format!(
                "what was restored so far, if anything, is in \"{}\" or \"{}\"",
                made.name, made.aside
            ));
        }
        said.push("nothing was dropped".to_owned());
        said.join("; ")
    }
}

/// Puts the target of a dead restore right and reports how it ended. Can be repeated; an error says that the result is
/// reported nowhere yet.
pub async fn recover_restore(
    dead: DeadRun<RestoreRecord>,
    reporting: &Reporting<'_>,
) -> Result<RecoveredRestore, NotReported> {
    let record = &dead.record;
    let result = if record.phase == RestorePhase::Finished {
        record.result.clone()
    } else {
        let place = record
            .changes
            .put_right(&record.target, reporting.env)
            .await;
        result_of_dead(record, &boot::id(), &place)
    };
    let reported = reporting.report_restore(&result).await?;
    Ok(RecoveredRestore {
        lock: dead.into_lock(),
        result,
        reported,
    })
}

fn result_of_dead(record: &RestoreRecord, this_boot: &str, place: &str) -> RestoreResult {
    let mut result = record.result.clone();
    result.status = ExecutionStatus::Error;
    result.finished = record.written;
    let mut message = format!(
        "the restore (process {}) ended before it was complete: {}; its last step was \"{}\" at {}",
        result.procpid,
        cause_of_death(&record.boot_id, this_boot),
        record.step,
        record.written.format("%Y-%m-%d %H:%M:%S UTC"),
    );
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
) -> Result<Option<Accounted>, String> {
    let Some(dead) = claim::claim_dead(path).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let recovered = recover_restore(dead, reporting)
        .await
        .map_err(|error| error.to_string())?;
    let accounted = Accounted {
        status: recovered.result.status,
        reason: recovered.result.error_message.clone(),
        problems: Vec::new(),
    };
    recovered.close().map_err(|error| error.to_string())?;
    Ok(Some(accounted))
}

/// Accounts for every restore that died on this backup server, before another one begins: what a dead one left on the target
/// must not be in its way. What cannot be done is returned in words.
pub async fn recover_restores(root: &Path, reporting: &Reporting<'_>) -> Vec<String> {
    let records = match claim::list(root) {
        Ok(records) => records,
        Err(error) => return vec![format!("could not list the run records: {error}")],
    };
    let mut said = Vec::new();
    for path in records.iter().filter(|path| super::is_restore(path)) {
        match recover_path(path, reporting).await {
            Ok(None) => {}
            Ok(Some(accounted)) => said.push(format!(
                "an earlier restore had died and is registered as {}: {}",
                accounted.status,
                accounted.reason.unwrap_or_default()
            )),
            Err(problem) => said.push(problem),
        }
    }
    said
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
