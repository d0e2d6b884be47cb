//! Runs that the catalogue believes to continue and of which their backup server knows nothing any more.

use std::fmt;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::{BckId, RestoreDefId, ServerId, SnapshotId};

/// What a run in progress is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOf {
    /// A backup.
    Backup(BackupOrigin),
    /// A restore.
    Restore(RestoreDefId),
}

impl fmt::Display for RunOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backup(origin) => origin.fmt(f),
            Self::Restore(id) => write!(f, "restore definition {id}"),
        }
    }
}

/// A run that began long ago and has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldRun {
    /// Identifies it.
    pub run: Uuid,
    /// What it is of.
    pub of: RunOf,
}

/// A server's runs that began before a time and are not over, the oldest first.
pub async fn begun_before(
    client: &impl GenericClient,
    server: ServerId,
    before: DateTime<Utc>,
) -> Result<Vec<OldRun>, CatalogError> {
    let action = "list the runs in progress";
    let rows = client
        .query(
            "SELECT run_uuid, def_id, snapshot_id, restore_def FROM run_in_progress \
             WHERE backup_server_id = $1 AND started < $2 ORDER BY started, run_uuid LIMIT 1000",
            &[&server.get(), &before],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        let of = match row.origin()? {
            Some(origin) => RunOf::Backup(origin),
            None => RunOf::Restore(RestoreDefId::new(row.get("restore_def")?)),
        };
        Ok(OldRun {
            run: row.get("run_uuid")?,
            of,
        })
    })
}

/// Ends a run that nobody knows any more; a backup's is registered as ERROR. Returns that entry.
pub async fn end(
    client: &impl GenericClient,
    run: Uuid,
    message: &str,
) -> Result<Option<BckId>, CatalogError> {
    let action = "register a lost run";
    let row = client
        .query_one("SELECT register_lost_run($1, $2)", &[&run, &message])
        .await
        .map_err(sql(action))?;
    let id: Option<i64> = row.try_get(0).map_err(sql(action))?;
    Ok(id.map(BckId::new))
}

/// Of these definitions of snapshots and restores, those that are still in the catalogue.
pub async fn still_defined(
    client: &impl GenericClient,
    snapshots: &[SnapshotId],
    restores: &[RestoreDefId],
) -> Result<(Vec<SnapshotId>, Vec<RestoreDefId>), CatalogError> {
    let action = "look for the definitions of snapshots and restores";
    let snapshots: Vec<i64> = snapshots.iter().map(|id| id.get()).collect();
    let restores: Vec<i64> = restores.iter().map(|id| id.get()).collect();
    let row = client
        .query_one(
            "SELECT ARRAY (SELECT snapshot_id FROM snapshot_definition WHERE snapshot_id = ANY ($1)), \
                    ARRAY (SELECT restore_def FROM restore_definition WHERE restore_def = ANY ($2))",
            &[&snapshots, &restores],
        )
        .await
        .map_err(sql(action))?;
    let snapshots: Vec<i64> = row.try_get(0).map_err(sql(action))?;
    let restores: Vec<i64> = row.try_get(1).map_err(sql(action))?;
    Ok((
        snapshots.into_iter().map(SnapshotId::new).collect(),
        restores.into_iter().map(RestoreDefId::new).collect(),
    ))
}
