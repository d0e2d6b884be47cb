//! How long the sessions of a run may wait for a lock, whatever kind of lock it is.
//!
//! No setting of the server does that for client programs: `pg_dump` bounds its LOCK TABLE alone, and `pg_dump` and `pg_restore`
//! set `lock_timeout` to 0. So a session of ours looks who waits, and since when.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::Client;

use super::failure::{Failure, some_of};
use crate::node::NodeError;
use crate::node::locks::lock_waits::{self, Blocker, Waiting};

/// How often the server is asked.
pub const POLL: Duration = Duration::from_millis(500);

/// The waits of one run that continue.
#[derive(Debug)]
pub struct LockPatience {
    limit: Duration,
    since: HashMap<(i32, String), Instant>,
}

/// A wait that has lasted too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// The session that waits.
    pub waiting: Waiting,
    /// Who is in its way; nobody, where that could not be found out.
    pub blockers: Vec<Blocker>,
}

impl LockPatience {
    /// Each wait may last so long; zero is forever.
    pub fn new(limit: Duration) -> Self {
        Self {
            limit,
            since: HashMap::new(),
        }
    }

    /// The first of the run's sessions that has waited for too long. They may wait for each other for as long as they like:
    /// only who waits for others is late.
    pub async fn overdue(
        &mut self,
        client: &Client,
        waiting: &[Waiting],
    ) -> Result<Option<Overdue>, NodeError> {
        let now = Instant::now();
        let before = std::mem::take(&mut self.since);
        for one in waiting
            .iter()
            .filter(|one| one.is_ours && one.behind_others)
        {
            let key = (one.pid, one.what.clone());
            let since = before.get(&key).copied().unwrap_or(now);
            self.since.insert(key, since);
        }
        if self.limit.is_zero() {
            return Ok(None);
        }
        for one in waiting {
            let since = self.since.get(&(one.pid, one.what.clone()));
            if since.is_none_or(|since| now.duration_since(*since) < self.limit) {
                continue;
            }
            let blockers = match lock_waits::blockers(client, one.pid).await {
                // Nobody: it has just got its lock.
                Ok(blockers) if blockers.is_empty() => continue,
                Ok(blockers) => blockers,
                // Their names may be what is locked.
                Err(error) if error.sql_state().is_some() => Vec::new(),
                Err(error) => return Err(error),
            };
            return Ok(Some(Overdue {
                waiting: one.clone(),
                blockers,
            }));
        }
        Ok(None)
    }
}

/// The failure of whoever waited; `instead` says what may be done at another time.
pub fn waited_too_long(who: &str, limit: Duration, blockers: &[Blocker], instead: &str) -> Failure {
    let blockers: Vec<String> = blockers.iter().map(ToString::to_string).collect();
    let blockers = if blockers.is_empty() {
        "another session, which could not be identified".to_owned()
    } else {
        some_of(&blockers)
    };
    Failure::failed(format!(
        "{who} waited for a lock for longer than lock_wait_timeout ({} s); the lock is held or was requested earlier \
         by {blockers}; end the transaction of that session, or {instead} at another time",
        limit.as_secs_f64()
    ))
}
