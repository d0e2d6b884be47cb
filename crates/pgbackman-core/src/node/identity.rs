//! Which server this is.

use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use super::{Asking, NodeError};
use crate::domain::pg_version::PgRelease;

/// The server's release.
pub async fn release(client: &impl GenericClient) -> Result<PgRelease, NodeError> {
    const WHAT: &str = "the server's version";
    let sql = "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4, \
               pg_catalog.current_setting('server_version')";
    let row = client.query_one(sql, &[]).await.asking(WHAT)?;
    let number: i32 = row.try_get(0).asking(WHAT)?;
    let version: &str = row.try_get(1).asking(WHAT)?;
    PgRelease::from_server(number, version).map_err(|error| NodeError::Answer {
        what: WHAT,
        reason: error.to_string(),
    })
}

/// The cluster's system identifier, which tells another cluster under an old name. `None` before 9.6, and where the
/// server does not let us see it.
pub async fn system_identifier(
    client: &impl GenericClient,
    release: PgRelease,
) -> Result<Option<String>, NodeError> {
    const WHAT: &str = "the system identifier";
    if release.version_num() < 90_600 {
        return Ok(None);
    }
    let sql = "SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()";
    match client.query_one(sql, &[]).await {
        Ok(row) => row.try_get(0).map(Some).asking(WHAT),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(None),
        Err(error) => Err(error).asking(WHAT),
    }
}

/// Whether the server is a standby.
pub async fn is_in_recovery(client: &impl GenericClient) -> Result<bool, NodeError> {
    const WHAT: &str = "whether the server is a standby";
    let row = client
        .query_one("SELECT pg_catalog.pg_is_in_recovery()", &[])
        .await
        .asking(WHAT)?;
    row.try_get(0).asking(WHAT)
}
