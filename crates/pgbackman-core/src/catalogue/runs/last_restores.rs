//! How the last restores went, and how long they took: what a restore takes is measured, not estimated.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use super::run_history::Scope;
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::status::ExecutionStatus;

/// A restore that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedRestore {
    /// The database whose backup it was.
    pub source_dbname: String,
    /// The database that it made.
    pub target_dbname: String,
    /// Where.
    pub target_fqdn: String,
    /// The port there.
    pub port: i32,
    /// When it ended.
    pub finished: DateTime<Utc>,
    /// How long it took, seconds; 1.x did not always record it.
    pub seconds: Option<u64>,
    /// How it ended.
    pub status: ExecutionStatus,
    /// The size of the backup, bytes; 0 where the backup is not in the catalogue any more.
    pub bytes: u64,
}

/// The last restores, the newest first.
pub async fn last_restores(
    client: &impl GenericClient,
    scope: &Scope,
    limit: i64,
) -> Result<Vec<EndedRestore>, CatalogError> {
    let action = "list the last restores";
    let (servers, nodes) = scope.ids();
    let rows = client
        .query(
            include_str!("last_restores.sql"),
            &[&servers, &nodes, &limit],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(EndedRestore {
            source_dbname: row.get("source_dbname")?,
            target_dbname: row.get("target_dbname")?,
            target_fqdn: row.get("target_fqdn")?,
            port: row.get("pgport")?,
            finished: row.get("finished")?,
            seconds: row.get::<Option<i64>>("seconds")?.map(i64::unsigned_abs),
            status: row.parse("execution_status")?,
            bytes: row.unsigned::<i64, u64>("bytes")?,
        })
    })
}
