//! Pausing the replay of a standby while it is dumped (traps 28, 28a; `pause_recovery_process_on_slave`).
//!
//! Several dumps, from several backup servers, may need the pause at once. Advisory locks on the standby itself say who
//! does; they vanish with their session, whatever happens to its owner:
//!
//! - *needed* (shared): one holder per dump that needs the pause;
//! - *ours* (shared): held by those dumps while the pause is one that PgBackMan made. Who finds replay paused and nobody
//!   holding it has met an administrator's pause, and never ends it;
//! - *turn* (exclusive): held for the short time in which somebody comes or goes, so that decisions do not interleave.
//!
//! Advisory locks belong to a database: all dumps of a standby must use the same one, [`COORDINATION_DATABASES`], whatever
//! database they dump.

use std::time::Duration;

use tokio_postgres::Client;

use super::{Asking, NodeError, identity};
use crate::domain::pg_version::PgRelease;

/// Databases that the session for a pause connects to: the first, or where the node has none of that name, the next.
pub const COORDINATION_DATABASES: [&str; 2] = ["postgres", "template1"];

/// First key of our advisory locks: "PgBM" in ASCII.
const LOCK_CLASS: i32 = 0x5067_424d;

/// Pause between two looks at whether replay has stopped.
const POLL: Duration = Duration::from_millis(100);

/// Second key of our advisory locks.
#[derive(Debug, Clone, Copy)]
enum Lock {
    Needed = 1,
    Ours = 2,
    Turn = 3,
}

/// What a [`pause`] found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// The server is not a standby: there is nothing to pause, and nothing to release.
    NotAStandby,
    /// Replay was running; we paused it.
    Made,
    /// Another dump of PgBackMan had paused it; whoever needs it last resumes it.
    Shared,
    /// Somebody else had paused it: it stays paused.
    Foreign,
}

/// What a [`release`] or [`resume_after_crash`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Replay continues.
    Resumed,
    /// Another dump needs the pause and will resume replay.
    StillNeeded,
    /// There was nothing of ours to resume.
    NothingToDo,
}

/// Pauses replay, or joins a pause, and waits until it is in effect.
///
/// The client is connected to the first of [`COORDINATION_DATABASES`] and kept until [`release`]. A run that is killed in
/// between leaves the standby paused: it must have written down before this call that it may have to be resumed, and
/// whoever finds that note calls [`resume_after_crash`].
///
/// # Errors
/// A timeout, or the server's refusal; our locks are given back and a pause we made is ended.
pub async fn pause(
    client: &Client,
    release: PgRelease,
    timeout: Duration,
) -> Result<Pause, NodeError> {
    if !identity::is_in_recovery(client).await? {
        return Ok(Pause::NotAStandby);
    }
    let deadline = tokio::time::Instant::now() + timeout;
    let functions = Functions::of(release);
    let entered = enter(client, &functions, timeout).await;
    let settled = match entered {
        Ok(pause) => wait_until_paused(client, release, &functions, deadline, timeout)
            .await
            .map(|()| pause),
        Err(error) => Err(error),
    };
    if settled.is_err() {
        // The first error is the one to report; what cannot be undone now ends with the session.
        let _ = self::release(client, release).await;
    }
    settled
}

/// Says that this dump no longer needs the pause, and resumes replay where nobody else does and the pause is ours.
pub async fn release(client: &Client, release: PgRelease) -> Result<Release, NodeError> {
    take_turn(client).await?;
    let result = leave(client, &Functions::of(release)).await;
    client
        .batch_execute("SELECT pg_catalog.pg_advisory_unlock_all()")
        .await
        .asking(LOCKS)?;
    result
}

/// Resumes replay for a run that died after [`pause`]. `StillNeeded`: another dump holds the pause; call again later, since
/// it may not know that the pause is ours.
pub async fn resume_after_crash(client: &Client, release: PgRelease) -> Result<Release, NodeError> {
    if !identity::is_in_recovery(client).await? {
        return Ok(Release::NothingToDo);
    }
    take_turn(client).await?;
    lock_shared(client, Lock::Ours).await?;
    let result = leave(client, &Functions::of(release)).await;
    client
        .batch_execute("SELECT pg_catalog.pg_advisory_unlock_all()")
        .await
        .asking(LOCKS)?;
    result
}

const LOCKS: &str = "the locks that coordinate pauses of replay";
const STATE: &str = "whether replay is paused";

/// Takes our place among those who need the pause, and makes it where there is none.
async fn enter(
    client: &Client,
    functions: &Functions,
    timeout: Duration,
) -> Result<Pause, NodeError> {
    let turn = tokio::time::timeout(timeout, take_turn(client)).await;
    turn.map_err(|_| timed_out("the end of another dump's pause", timeout))??;
    lock_shared(client, Lock::Needed).await?;
    let pause = if !is_pause_requested(client, functions).await? {
        // Before the pause, so that at no moment a pause of ours looks like somebody else's.
        lock_shared(client, Lock::Ours).await?;
        client
            .batch_execute(functions.pause)
            .await
            .asking("a pause of replay")?;
        Pause::Made
    } else if is_held(client, Lock::Ours).await? {
        lock_shared(client, Lock::Ours).await?;
        Pause::Shared
    } else {
        Pause::Foreign
    };
    unlock_turn(client).await?;
    Ok(pause)
}

/// With the turn ours: gives up our need, and ends the pause if it was the last one and the pause is PgBackMan's.
async fn leave(client: &Client, functions: &Functions) -> Result<Release, NodeError> {
    let ours = is_held_by_us(client, Lock::Ours).await?;
    if !ours
        || !identity::is_in_recovery(client).await?
        || !is_pause_requested(client, functions).await?
    {
        return Ok(Release::NothingToDo);
    }
    if is_held_by_others(client, Lock::Needed).await? {
        return Ok(Release::StillNeeded);
    }
    client
        .batch_execute(functions.resume)
        .await
        .asking("the end of the pause of replay")?;
    Ok(Release::Resumed)
}

/// Waits until replay stands still: a pause is only a request. From 14 on the server says so; before, it is taken to stand
/// still when two looks in a row see the same position.
async fn wait_until_paused(
    client: &Client,
    release: PgRelease,
    functions: &Functions,
    deadline: tokio::time::Instant,
    timeout: Duration,
) -> Result<(), NodeError> {
    let mut last_position: Option<String> = None;
    while tokio::time::Instant::now() < deadline {
        let row = client.query_one(functions.state, &[]).await.asking(STATE)?;
        let state: Option<String> = row.try_get(0).asking(STATE)?;
        let paused = if release.version_num() >= 140_000 {
            state.as_deref() == Some("paused")
        } else {
            state.is_some() && state == last_position
        };
        if paused {
            return Ok(());
        }
        last_position = state;
        tokio::time::sleep(POLL).await;
    }
    Err(timed_out("the pause of replay on the standby", timeout))
}

fn timed_out(what: &'static str, timeout: Duration) -> NodeError {
    NodeError::Timeout {
        what,
        seconds: timeout.as_secs(),
    }
}

/// The server's functions under the names of its version ("xlog" became "wal" and "location" "lsn" in 10).
struct Functions {
    pause: &'static str,
    resume: &'static str,
    is_requested: &'static str,
    /// From 14 on the state, before that the position of replay.
    state: &'static str,
}

impl Functions {
    const fn of(release: PgRelease) -> Self {
        let wal = release.major().number() >= 10;
        Self {
            pause: if wal {
                "SELECT pg_catalog.pg_wal_replay_pause()"
            } else {
                "SELECT pg_catalog.pg_xlog_replay_pause()"
            },
            resume: if wal {
                "SELECT pg_catalog.pg_wal_replay_resume()"
            } else {
                "SELECT pg_catalog.pg_xlog_replay_resume()"
            },
            is_requested: if wal {
                "SELECT pg_catalog.pg_is_wal_replay_paused()"
            } else {
                "SELECT pg_catalog.pg_is_xlog_replay_paused()"
            },
            state: match release.major().number() {
                14.. => "SELECT pg_catalog.pg_get_wal_replay_pause_state()",
                10.. => "SELECT pg_catalog.pg_last_wal_replay_lsn()::pg_catalog.text",
                _ => "SELECT pg_catalog.pg_last_xlog_replay_location()::pg_catalog.text",
            },
        }
    }
}

async fn is_pause_requested(client: &Client, functions: &Functions) -> Result<bool, NodeError> {
    client
        .query_one(functions.is_requested, &[])
        .await
        .asking(STATE)?
        .try_get(0)
        .asking(STATE)
}

async fn take_turn(client: &Client) -> Result<(), NodeError> {
    let sql = "SELECT pg_catalog.pg_advisory_lock($1, $2)";
    client
        .execute(sql, &[&LOCK_CLASS, &(Lock::Turn as i32)])
        .await
        .asking(LOCKS)
        .map(drop)
}

async fn unlock_turn(client: &Client) -> Result<(), NodeError> {
    let sql = "SELECT pg_catalog.pg_advisory_unlock($1, $2)";
    client
        .execute(sql, &[&LOCK_CLASS, &(Lock::Turn as i32)])
        .await
        .asking(LOCKS)
        .map(drop)
}

async fn lock_shared(client: &Client, lock: Lock) -> Result<(), NodeError> {
    let sql = "SELECT pg_catalog.pg_advisory_lock_shared($1, $2)";
    client
        .execute(sql, &[&LOCK_CLASS, &(lock as i32)])
        .await
        .asking(LOCKS)
        .map(drop)
}

async fn is_held(client: &Client, lock: Lock) -> Result<bool, NodeError> {
    Ok(is_held_by_us(client, lock).await? || is_held_by_others(client, lock).await?)
}

async fn is_held_by_us(client: &Client, lock: Lock) -> Result<bool, NodeError> {
    is_held_where(
        client,
        lock,
        include_str!("sql/locks/advisory_lock_of_this_session.sql"),
    )
    .await
}

async fn is_held_by_others(client: &Client, lock: Lock) -> Result<bool, NodeError> {
    is_held_where(
        client,
        lock,
        include_str!("sql/locks/advisory_lock_of_other_sessions.sql"),
    )
    .await
}

async fn is_held_where(client: &Client, lock: Lock, sql: &str) -> Result<bool, NodeError> {
    let keys = (i64::from(LOCK_CLASS), lock as i64);
    client
        .query_one(sql, &[&keys.0, &keys.1])
        .await
        .asking(LOCKS)?
        .try_get(0)
        .asking(LOCKS)
}
