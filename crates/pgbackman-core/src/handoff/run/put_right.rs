//! Putting a target right after a restore that failed: what it made gets a name that says so, and what was there before gets its
//! name back unless contents had begun. Nothing is ever dropped (trap 10).
//!
//! A target that cannot be reached at that moment (it crashed, its disk is full) is tried again: the run's record stays and says
//! so, and whoever recovers dead runs tries, in pauses that grow, until it is done.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::time::timeout;

use super::target::{Changes, Made, Renamed, TargetServer};
use crate::config::Environment;
use crate::conninfo::{ConnectError, Session};
use crate::node::{NodeError, databases, rename};

/// How long putting a target right may take in all.
const WITHIN: Duration = Duration::from_secs(60);
/// How long sessions may take to end when a database is renamed.
const SESSIONS_END: Duration = Duration::from_secs(20);
/// How long it may wait for one lock: what still waits when all time is over would be done later, when nobody looks any more.
const LOCK: Duration = Duration::from_secs(15);
/// How long the session that was making a database may take to end.
const MAKER_ENDS: Duration = Duration::from_secs(5);
/// The pause after the first attempt; it doubles with each.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);
/// So long after the end of the restore it is tried; then somebody else has to.
const TRIED_FOR: TimeDelta = TimeDelta::days(30);

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutRight {
    /// Which database is where, in words; empty where nothing had been changed.
    pub said: String,
    /// Whether it was done; else it is to be tried again.
    pub done: bool,
}

/// Why a target could not be put right.
#[derive(Debug, Error)]
pub(super) enum NotPutRight {
    /// There is no connection to it.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The session does not take its time limit.
    #[error(transparent)]
    Settings(#[from] tokio_postgres::Error),
    /// The server refused, or answered what is not understood.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The time allowed is over.
    #[error("no answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
}

impl PutRight {
    /// Why a restore failed, with which database is where.
    pub fn with_reason(&self, reason: &str) -> String {
        if self.said.is_empty() {
            reason.to_owned()
        } else {
            // The place first: the reason may be long, and is cut at its end.
            format!("{}. Reason: {reason}", self.said)
        }
    }
}

/// A target that is still to be put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StillToPutRight {
    /// Why the restore failed.
    pub reason: String,
    /// How often it has been tried.
    pub attempts: u32,
    /// When it is tried again.
    pub next: DateTime<Utc>,
}

impl StillToPutRight {
    /// After the first attempt.
    pub fn first(reason: impl Into<String>, now: DateTime<Utc>) -> Self {
        Self {
            reason: reason.into(),
            attempts: 1,
            next: now + pause(1),
        }
    }

    /// After one more.
    #[must_use]
    pub fn again(&self, now: DateTime<Utc>) -> Self {
        let attempts = self.attempts.saturating_add(1);
        Self {
            reason: self.reason.clone(),
            attempts,
            next: now + pause(attempts),
        }
    }

    /// Whether it is time. A time further away than any pause was written by a clock that was ahead.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        now >= self.next || self.next - now > LONGEST_PAUSE
    }

    /// Whether it has been tried for long enough.
    pub fn is_over(finished: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now - finished > TRIED_FOR
    }
}

fn pause(attempts: u32) -> TimeDelta {
    let doubled = 2_i32
        .checked_pow(attempts.saturating_sub(1))
        .and_then(|factor| FIRST_PAUSE.checked_mul(factor));
    doubled.map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

impl Changes {
    /// Whether there is anything to put right.
    pub fn is_empty(&self) -> bool {
        self.renamed.is_empty() && self.made.is_empty()
    }

    /// Puts the target right after a failure, as far as it is reachable, and says in words which database is where. Can be
    /// repeated.
    pub async fn put_right(&self, target: &TargetServer, env: &Environment) -> PutRight {
        if self.is_empty() {
            return PutRight {
                said: String::new(),
                done: true,
            };
        }
        let attempt = async {
            let avoid = self.made.first().map_or("", |made| made.name.as_str());
            let session = target.connect_beside(avoid, env).await?;
            session
                .batch_execute(&format!("SET lock_timeout TO {}", LOCK.as_millis()))
                .await?;
            let said = self.put_right_in(&session).await?;
            session.close().await;
            Ok(said)
        };
        let outcome = timeout(WITHIN, attempt)
            .await
            .unwrap_or_else(|_| Err(NotPutRight::NoAnswer(WITHIN)));
        match outcome {
            Ok(said) => PutRight { said, done: true },
            Err(reason) => PutRight {
                said: self.as_recorded(&reason),
                done: false,
            },
        }
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
        let current = match (made.oid, &made.mark) {
            (Some(oid), _) => rename::name_of(&**session, oid).await?,
            // It was about to be made, and only this restore's has this name.
            (None, Some(mark)) => {
                rename::end_maker(session, Made::maker(mark), MAKER_ENDS).await?;
                databases::find(&**session, mark)
                    .await?
                    .map(|found| found.name)
            }
            // An older program's script makes it: a database of that name need not be it.
            (None, None) => databases::find(&**session, &made.name)
                .await?
                .filter(|found| self.renamed.iter().all(|renamed| renamed.oid != found.oid))
                .map(|found| found.name),
        };
        let Some(current) = current else {
            return Ok(None);
        };
        if made.oid.is_none() && made.mark.is_none() {
            return Ok(Some(format!(
                "the database \"{current}\" may not belong to this restore, so it was not changed"
            )));
        }
        if current != made.aside {
            rename::rename(session, &current, &made.aside, SESSIONS_END).await?;
        }
        let what = if self.contents_begun {
            "the partly restored database is"
        } else {
            "the new, empty database is"
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
                format!(
                    "the previous database \"{from}\" no longer exists, but this restore did not remove it"
                )
            }
            Some(name) if name == *to && !self.contents_begun && is_free => {
                rename::rename(session, to, from, SESSIONS_END).await?;
                format!("the previous database has its name \"{from}\" again")
            }
            Some(name) if name == *from => {
                format!("the previous database still has its name \"{from}\"")
            }
            Some(name) => {
                format!(
                    "the previous database \"{from}\" is intact, and now has the name \"{name}\""
                )
            }
        })
    }

    /// What is known without the target.
    pub(super) fn as_recorded(&self, reason: &NotPutRight) -> String {
        let mut said = vec![format!(
            "the changes to the target could not be undone ({reason}); PgBackMan tries again automatically"
        )];
        said.extend(self.renamed.iter().map(|renamed| {
            format!(
                "the previous database has the name \"{}\", or still \"{}\"",
                renamed.to, renamed.from
            )
        }));
        for made in &self.made {
            said.push(format!(
                "the partly restored database, if any, is \"{}\" or \"{}\"",
                made.mark
                    .as_ref()
                    .filter(|_| made.oid.is_none())
                    .unwrap_or(&made.name),
                made.aside
            ));
        }
        said.push("nothing was dropped".to_owned());
        said.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_a_clock_that_was_ahead_delays_nothing() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut still = StillToPutRight::first("why", start);
        let mut pauses = Vec::new();
        for _ in 0..40 {
            let now = still.next;
            assert!(still.is_due(now) && !still.is_due(now - TimeDelta::seconds(1)));
            still = still.again(now);
            pauses.push((still.next - now).num_minutes());
        }
        assert_eq!(pauses[..7], [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(pauses[39], 60);
        assert_eq!((still.attempts, still.reason.as_str()), (41, "why"));
        assert!(still.is_due(still.next - TimeDelta::days(400)));
        assert!(!StillToPutRight::is_over(
            start,
            start + TimeDelta::days(30)
        ));
        assert!(StillToPutRight::is_over(start, start + TimeDelta::days(31)));
    }
}
