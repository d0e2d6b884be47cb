//! Who waits for a lock on a node, and for whom.

use std::fmt;

use tokio_postgres::Client;

use crate::node::{Asking, NodeError};

/// First release that tells who blocks whom, and the kind of a session.
const FIRST: i32 = 100_000;

/// A session that others wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Its process; 0 is a prepared transaction.
    pid: i32,
    user: Option<String>,
    application: Option<String>,
    database: Option<String>,
    query_start: Option<String>,
}

impl fmt::Display for Blocker {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return out.write_str("a prepared transaction (see pg_prepared_xacts)");
        }
        write!(out, "process {}", self.pid)?;
        let known: Vec<String> = [
            ("role", &self.user),
            ("application", &self.application),
            ("database", &self.database),
            ("last statement begun", &self.query_start),
        ]
        .into_iter()
        .filter_map(|(what, value)| {
            let value = value.as_deref().filter(|value| !value.is_empty())?;
            Some(format!("{what} {value}"))
        })
        .collect();
        if known.is_empty() {
            return Ok(());
        }
        write!(out, " ({})", known.join(", "))
    }
}

/// A session that waits for a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its process.
    pub pid: i32,
    /// What it waits for: another text is another wait.
    pub what: String,
    /// Whether it belongs to the applications that were asked for.
    pub is_ours: bool,
    /// Whether it waits for a session of those applications, or for the holder.
    pub behind_us: bool,
    /// Whether it waits for the holder.
    pub behind_holder: bool,
    /// Whether it waits for anybody but sessions of those applications.
    pub behind_others: bool,
    /// Whether it only computes something from rows that are there (REFRESH, ANALYZE).
    pub derives: bool,
}

/// Asks the server to cancel what a session runs.
pub async fn cancel(client: &Client, pid: i32) -> Result<(), NodeError> {
    client
        .query_one("SELECT pg_catalog.pg_cancel_backend($1)", &[&pid])
        .await
        .map(drop)
        .asking("the result of cancelling a statement")
}

/// Whether a server of this release can be asked.
pub fn can_be_asked(release: crate::domain::pg_version::PgRelease) -> bool {
    release.version_num() >= FIRST
}

/// Whom a session waits for.
pub async fn blockers(client: &Client, pid: i32) -> Result<Vec<Blocker>, NodeError> {
    const WHAT: &str = "the sessions that hold locks";
    let sql = include_str!("../sql/locks/blocking_sessions.sql");
    let rows = client.query(sql, &[&pid]).await.asking(WHAT)?;
    rows.iter()
        .map(|row| {
            Ok(Blocker {
                pid: row.try_get(0)?,
                user: row.try_get(1)?,
                application: row.try_get(2)?,
                database: row.try_get(3)?,
                query_start: row.try_get(4)?,
            })
        })
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

/// Everybody on the server who waits for a lock, autovacuum left out: it gives way by itself.
pub async fn waiting(
    client: &Client,
    applications: &[&str],
    holder: i32,
) -> Result<Vec<Waiting>, NodeError> {
    const WHAT: &str = "the sessions that wait for locks";
    let sql = include_str!("../sql/locks/waiting_sessions.sql");
    let rows = client
        .query(sql, &[&applications, &holder])
        .await
        .asking(WHAT)?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                pid: row.try_get(0)?,
                what: row.try_get(1)?,
                is_ours: row.try_get(2)?,
                behind_us: row.try_get(3)?,
                behind_holder: row.try_get(4)?,
                behind_others: row.try_get(5)?,
                derives: row.try_get(6)?,
            })
        })
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

/// Whether the application's sessions have locks on all tables on which the holder has one.
pub async fn handed_over(
    client: &Client,
    application: &str,
    holder: i32,
) -> Result<bool, NodeError> {
    const WHAT: &str = "the tables that pg_dump has locked";
    let sql = include_str!("../sql/locks/locks_handed_over.sql");
    let row = client
        .query_one(sql, &[&application, &holder])
        .await
        .asking(WHAT)?;
    row.try_get(0).asking(WHAT)
}
