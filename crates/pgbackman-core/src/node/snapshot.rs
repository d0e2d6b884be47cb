//! The transaction in which a backup sees its database.

use tokio_postgres::Client;

use super::{Asking, NodeError, identity};
use crate::domain::pg_version::PgRelease;

/// First release whose `pg_dump` takes `--snapshot`, and the server function for it exists.
const FIRST_WITH_SNAPSHOT: i32 = 90_500;

/// First release that exports snapshots on a standby.
const FIRST_ON_STANDBY: i32 = 100_000;

/// Opens the transaction in which roles and settings are read, and exports its snapshot for `pg_dump`.
///
/// `None` where the server cannot export one (before 9.5; a standby before 10): then roles and settings are read in the
/// transaction all the same, and `pg_dump` takes a snapshot of its own.
///
/// The snapshot lives as long as the transaction: keep the client until `pg_dump` has ended, then [`close`].
pub async fn open(client: &Client, release: PgRelease) -> Result<Option<String>, NodeError> {
    const WHAT: &str = "a snapshot";
    prepare_session(client, release).await?;
    client
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
        .asking(WHAT)?;
    let number = release.version_num();
    if number < FIRST_WITH_SNAPSHOT
        || (number < FIRST_ON_STANDBY && identity::is_in_recovery(client).await?)
    {
        // The first query takes the snapshot; without one here it would be taken later than the caller believes.
        client.batch_execute("SELECT 1").await.asking(WHAT)?;
        return Ok(None);
    }
    let row = client
        .query_one("SELECT pg_catalog.pg_export_snapshot()", &[])
        .await
        .asking(WHAT)?;
    row.try_get(0).map(Some).asking(WHAT)
}

/// Ends the transaction; the snapshot cannot be imported any more.
pub async fn close(client: &Client) -> Result<(), NodeError> {
    client
        .batch_execute("COMMIT")
        .await
        .asking("the end of the snapshot's transaction")
}

/// Gives the session its settings.
pub(super) async fn prepare_session(client: &Client, release: PgRelease) -> Result<(), NodeError> {
    client
        .batch_execute(&session_settings(release))
        .await
        .asking("the settings of the session")
}

/// Settings of the session: its statements take as long as they take, and texts look the same on every node.
fn session_settings(release: PgRelease) -> String {
    const SETTINGS: &[(i32, &str)] = &[
        (0, "SET search_path TO pg_catalog, pg_temp"),
        (0, "SET DateStyle TO 'ISO, YMD'"),
        (0, "SET IntervalStyle TO postgres"),
        (0, "SET statement_timeout TO 0"),
        (90_300, "SET lock_timeout TO 0"),
        // A statement of ours that waits ends soon when we are gone.
        (140_000, "SET client_connection_check_interval TO '10s'"),
    ];
    let known: Vec<&str> = SETTINGS
        .iter()
        .filter(|(since, _)| release.version_num() >= *since)
        .map(|(_, setting)| *setting)
        .collect();
    known.join("; ")
}
