//! The locks that a backup takes before its snapshot: no table can be truncated or written again between the moment that the
//! snapshot shows and the moment when `pg_dump` has its own locks (trap 5a).

use std::collections::BTreeSet;
use std::time::Duration;

use pgbackman_core::conninfo::Session;
use pgbackman_core::job::lock_patience::{POLL, waited_too_long};
use pgbackman_core::node::NodeError;
use pgbackman_core::node::locks::lock_waits;
use pgbackman_core::node::locks::table_locks::{self, Patience};
use tokio::time::{Instant, sleep};

use crate::source::Source;
use crate::source::lock_watch::{Holding, INSTEAD};
use pgbackman_core::job::failure::Failure;

/// A session with locks on the tables of the database.
pub(crate) struct Locks {
    /// The session, which also watches.
    pub(crate) session: Session,
    /// The OIDs of the tables.
    pub(crate) tables: BTreeSet<u32>,
    /// Whether there are any locks.
    pub(crate) holding: Holding,
}

/// Locks every table of the database. Where the extra parameters choose tables, one that somebody else has locked stays
/// without a lock: only `pg_dump` knows whether it will read it, and the comparison afterwards finds what happened to it.
pub(crate) async fn take(
    session: Session,
    source: &Source,
    is_filtered: bool,
    limit: Duration,
) -> Result<Locks, Failure> {
    let none = |session| Locks {
        session,
        tables: BTreeSet::new(),
        holding: Holding::None,
    };
    if let Some(advice) = too_many(&session).await.map_err(Failure::failed)? {
        tracing::warn!("{advice}");
        return Ok(none(session));
    }
    let patience = if is_filtered {
        Patience::Skip
    } else {
        Patience::Wait
    };
    let cancel = session.canceller().on_drop();
    let locked = wait_for(&session, source, patience, limit).await?;
    cancel.disarm();
    match locked {
        Ok(tables) => Ok(Locks {
            session,
            tables,
            holding: Holding::Held,
        }),
        Err(error) if table_locks::can_be_done_without(&error) => {
            tracing::warn!(
                "could not lock the tables before the snapshot; they are only compared afterwards: {error}"
            );
            table_locks::give_up(&session)
                .await
                .map_err(Failure::failed)?;
            Ok(none(session))
        }
        Err(error) => Err(Failure::failed(error)),
    }
}

/// Why no second set of locks is taken: `pg_dump` needs the room.
async fn too_many(session: &Session) -> Result<Option<String>, NodeError> {
    let capacity = table_locks::capacity(session).await?;
    let tables = table_locks::list(session).await?.len() as u64;
    Ok((tables.saturating_mul(2) > capacity).then(|| {
        format!(
            "the database has {tables} tables, but the server has room for only {capacity} locks, fewer than pg_dump \
             and PgBackMan need together; the tables are only compared after the dump. Increase \
             max_locks_per_transaction"
        )
    }))
}

/// Locks, and finds out meanwhile who is in the way.
async fn wait_for(
    session: &Session,
    source: &Source,
    patience: Patience,
    limit: Duration,
) -> Result<Result<BTreeSet<u32>, NodeError>, Failure> {
    let pid = session.backend_pid();
    let mut locking = std::pin::pin!(table_locks::lock_all(session, source.release, patience));
    let mut since: Option<Instant> = None;
    loop {
        tokio::select! {
            locked = &mut locking => return Ok(locked),
            () = sleep(POLL) => {}
        }
        if !lock_waits::can_be_asked(source.release) {
            continue;
        }
        let blockers = lock_waits::blockers(&source.session, pid)
            .await
            .unwrap_or_default();
        if blockers.is_empty() {
            since = None;
            continue;
        }
        let waited = since.get_or_insert_with(Instant::now).elapsed();
        if !limit.is_zero() && waited >= limit {
            return Err(waited_too_long("the backup", limit, &blockers, INSTEAD));
        }
    }
}
