//! Connection poolers in front of a node. A pooler gives the session a process ID of its own, which is not that of the server's
//! process behind it; `SHOW` and the like tell nothing.
//!
//! With transaction pooling a session's next transaction may get another process of the server, so that no setting lasts, and
//! what is set stays with a process that somebody else gets next. Such a node is refused. With session pooling a session has
//! its process to itself, and gives it back as it got it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::error::ConnectFailure;

/// How long a second session may take to get a process of the server.
const SECOND: Duration = Duration::from_secs(5);

/// What is to be said of a node that is reached through a pooler.
const ADVICE: &str =
    "register the PostgreSQL server itself as the node, not its pooler, with its own host and port";

/// Poolers that have been found to keep a process for a session: place, role, and database.
static OF_SESSIONS: Mutex<BTreeSet<[String; 3]>> = Mutex::new(BTreeSet::new());

/// What an operator must know of a node that is used through a pooler.
pub(super) fn warning(place: &str) -> String {
    format!(
        "the server at {place} is a connection pooler: it does not support all settings of a backup's sessions, and a \
         login event trigger of the database has run; {ADVICE}"
    )
}

/// Whether this pooler is known to keep a process for a session.
pub(super) fn is_known(pooler: &[String; 3]) -> bool {
    let known = OF_SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
    known.contains(pooler)
}

/// Remembers that it does.
pub(super) fn remember(pooler: [String; 3]) {
    let mut known = OF_SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
    known.insert(pooler);
}

/// Refuses a pooler that does not keep a process of the server for a session: two sessions with the same one, or one session
/// with two. Nothing is set meanwhile, since it would stay with a process that somebody else gets.
pub(super) async fn refuse_transactions(
    first: &Client,
    pid: i32,
    second: impl Future<Output = Result<Client, ConnectFailure>>,
) -> Result<(), ConnectFailure> {
    let no_second = |reason: &str| {
        ConnectFailure::Pooler(format!(
            "the server is a connection pooler, and it is unknown whether it keeps one server process for each session \
             ({reason}); {ADVICE}"
        ))
    };
    let comparing = async {
        let second = second.await?;
        let of_second = process(&second).await?;
        // In turn and twice in a row: whatever the order in which a pooler hands out what is free.
        for (client, expected) in [
            (first, pid),
            (first, pid),
            (&second, of_second),
            (&second, of_second),
            (first, pid),
        ] {
            if of_second == pid || process(client).await? != expected {
                return Ok::<bool, ConnectFailure>(false);
            }
        }
        Ok(true)
    };
    match timeout(SECOND, comparing).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(ConnectFailure::Pooler(format!(
            "the server is a connection pooler that uses another server process for each transaction (transaction \
             pooling), so settings of a session are lost; {ADVICE}"
        ))),
        Ok(Err(failure)) => Err(no_second(&failure.to_string())),
        Err(_) => Err(no_second("it did not open a second session in time")),
    }
}

async fn process(client: &Client) -> Result<i32, ConnectFailure> {
    let rows = client
        .simple_query("SELECT pg_catalog.pg_backend_pid()")
        .await
        .map_err(|error| ConnectFailure::from_library(&error))?;
    let found = rows.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    found.ok_or_else(|| {
        ConnectFailure::Unreachable("the server did not report its process ID".to_owned())
    })
}

/// Gives a session what a pooler has not passed on.
pub(super) async fn set(
    client: &Client,
    settings: &[(String, String)],
) -> Result<(), ConnectFailure> {
    for (name, value) in settings {
        client
            .query_one(
                "SELECT pg_catalog.set_config($1, $2, false)",
                &[name, value],
            )
            .await
            .map_err(|error| ConnectFailure::from_library(&error))?;
    }
    Ok(())
}
