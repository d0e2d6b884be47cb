//! Renaming a database: its sessions must be gone first (trap 10).

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, GenericClient};

use super::{Asking, NodeError, databases};
use crate::pgtools::quote::identifier;

/// How often sessions are ended and the renaming is tried again.
const POLL: Duration = Duration::from_millis(100);

/// The database with this OID as it is called now; `None`: there is none any more.
pub async fn name_of(client: &impl GenericClient, oid: u32) -> Result<Option<String>, NodeError> {
    const WHAT: &str = "a database's name";
    let row = client
        .query_opt(
            "SELECT datname FROM pg_catalog.pg_database WHERE oid OPERATOR(pg_catalog.=) $1",
            &[&oid],
        )
        .await
        .asking(WHAT)?;
    row.map(|row| row.try_get(0)).transpose().asking(WHAT)
}

/// Renames a database that nobody may connect to meanwhile: new connections are refused, those that exist are ended, and
/// within `patience` the database has its new name. Whatever happens, whether connections are allowed is as it was before.
/// The client must be connected to another database.
///
/// # Errors
/// The server's: the new name is taken, the role may not rename, or sessions that cannot be ended (prepared transactions,
/// replication) stay.
pub async fn rename(
    client: &Client,
    from: &str,
    to: &str,
    patience: Duration,
) -> Result<(), NodeError> {
    const WHAT: &str = "the name of the database";
    let Some(database) = databases::find(client, from).await? else {
        return Err(NodeError::Answer {
            what: WHAT,
            reason: format!("there is no database {from:?}"),
        });
    };
    let keep_out = database.allows_connections;
    if keep_out {
        allow_connections(client, from, false).await?;
    }
    let renamed = rename_without_sessions(client, from, to, database.oid, patience).await;
    if keep_out {
        let now = if renamed.is_ok() { to } else { from };
        // With the session gone this fails as well; the error that counts is the first.
        let restored = allow_connections(client, now, true).await;
        renamed.and(restored)
    } else {
        renamed
    }
}

async fn rename_without_sessions(
    client: &Client,
    from: &str,
    to: &str,
    oid: u32,
    patience: Duration,
) -> Result<(), NodeError> {
    let deadline = Instant::now() + patience;
    let statement = format!(
        "ALTER DATABASE {} RENAME TO {}",
        identifier(from),
        identifier(to)
    );
    loop {
        end_sessions(client, oid).await?;
        match client.batch_execute(&statement).await {
            Ok(()) => return Ok(()),
            Err(error)
                if error.code() == Some(&SqlState::OBJECT_IN_USE) && Instant::now() < deadline =>
            {
                sleep(POLL).await;
            }
            Err(error) => return Err(error).asking("the result of renaming a database"),
        }
    }
}

/// Ends every session of a database but this one.
async fn end_sessions(client: &impl GenericClient, oid: u32) -> Result<(), NodeError> {
    client
        .query(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
             WHERE datid OPERATOR(pg_catalog.=) $1 AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()",
            &[&oid],
        )
        .await
        .asking("the sessions of a database")?;
    Ok(())
}

/// Lets new connections to a database in, or keeps them out.
pub async fn allow_connections(
    client: &impl GenericClient,
    name: &str,
    allow: bool,
) -> Result<(), NodeError> {
    // As an update of the catalog before 9.5, where ALTER DATABASE … ALLOW_CONNECTIONS does not exist.
    let statement = format!(
        "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {allow}",
        identifier(name)
    );
    match client.batch_execute(&statement).await {
        Err(error) if error.code() == Some(&SqlState::SYNTAX_ERROR) => client
            .execute(
                "UPDATE pg_catalog.pg_database SET datallowconn = $2 WHERE datname OPERATOR(pg_catalog.=) $1::pg_catalog.text",
                &[&name, &allow],
            )
            .await
            .map(drop)
            .asking("the result of refusing connections"),
        outcome => outcome.asking("the result of refusing connections"),
    }
}

/// Ends the session that has this application name, which may still be making a database, and waits until it is gone.
///
/// # Errors
/// It is not gone within `patience`; the server's.
pub async fn end_maker(client: &Client, mark: &str, patience: Duration) -> Result<(), NodeError> {
    const WHAT: &str = "the session that was making the database";
    let deadline = Instant::now() + patience;
    loop {
        let alive = client
            .query(include_str!("sql/end_sessions_named.sql"), &[&mark])
            .await
            .asking(WHAT)?;
        let Some(row) = alive.first() else {
            return Ok(());
        };
        if Instant::now() >= deadline {
            let pid: i32 = row.try_get(0).asking(WHAT)?;
            return Err(NodeError::Answer {
                what: WHAT,
                reason: format!(
                    "the server process {pid} may still be creating the database \"{mark}\", and does not end"
                ),
            });
        }
        sleep(POLL).await;
    }
}
