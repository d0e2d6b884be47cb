//! Snapshot definitions (`snapshot_definition`): backups taken once, by `at`.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use super::error::{CatalogError, sql};
use super::rows::{Reader, read_all};
use crate::domain::ids::{NodeId, ServerId, SnapshotId};
use crate::domain::status::{AtStatus, BackupCode};

/// A row of `snapshot_definition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotDefinition {
    /// `snapshot_id`.
    pub id: SnapshotId,
    /// The backup server that takes it.
    pub server: ServerId,
    /// The node it is taken of.
    pub node: NodeId,
    /// The database; empty for CLUSTER.
    pub dbname: String,
    /// When it is taken, to the minute.
    pub at_time: DateTime<Utc>,
    /// What it contains.
    pub code: BackupCode,
    /// How long it is kept: a PostgreSQL interval.
    pub retention_period: String,
    /// Additional words for `pg_dump`/`pg_dumpall`.
    pub extra_parameters: String,
    /// How far it has come.
    pub status: AtStatus,
    /// The operator's tag (`remarks`).
    pub tag: String,
    /// A client release newer than the node's, where one was asked for.
    pub pg_dump_release: Option<String>,
}

/// What waits to be given to `at` on a backup server, the earliest first.
pub async fn waiting(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<SnapshotDefinition>, CatalogError> {
    let action = "list the snapshots that wait";
    let rows = client
        .query(
            "SELECT snapshot_id, backup_server_id, pgsql_node_id, dbname, at_time, backup_code, \
                    retention_period::text AS retention_period, extra_backup_parameters, status, remarks, \
                    pg_dump_release \
             FROM snapshot_definition WHERE backup_server_id = $1 AND status = 'WAITING' ORDER BY at_time, snapshot_id",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, snapshot)
}

/// The snapshot definition with this ID.
pub async fn by_id(
    client: &impl GenericClient,
    id: SnapshotId,
) -> Result<SnapshotDefinition, CatalogError> {
    let action = "read a snapshot definition";
    let row = client
        .query_opt(
            "SELECT snapshot_id, backup_server_id, pgsql_node_id, dbname, at_time, backup_code, \
                    retention_period::text AS retention_period, extra_backup_parameters, status, remarks, \
                    pg_dump_release \
             FROM snapshot_definition WHERE snapshot_id = $1",
            &[&id.get()],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound { kind: "Snapshot definition", value: id.to_string() })?;
    snapshot(&Reader::new(&row, action))
}

/// Sets how far a snapshot has come; `problem` says why for ERROR and is cleared otherwise.
pub async fn set_status(
    client: &impl GenericClient,
    id: SnapshotId,
    status: AtStatus,
    problem: Option<&str>,
) -> Result<(), CatalogError> {
    let changed = client
        .execute(
            "UPDATE snapshot_definition SET status = $2, problem = $3 WHERE snapshot_id = $1",
            &[&id.get(), &status.as_str(), &problem],
        )
        .await
        .map_err(sql("set the status of a snapshot"))?;
    if changed == 0 {
        return Err(CatalogError::NotFound {
            kind: "Snapshot definition",
            value: id.to_string(),
        });
    }
    Ok(())
}

fn snapshot(row: &Reader<'_>) -> Result<SnapshotDefinition, CatalogError> {
    Ok(SnapshotDefinition {
        id: SnapshotId::new(row.get("snapshot_id")?),
        server: ServerId::new(row.get("backup_server_id")?),
        node: NodeId::new(row.get::<i32>("pgsql_node_id")?.into()),
        dbname: row.get("dbname")?,
        at_time: row.get("at_time")?,
        code: row.parse("backup_code")?,
        retention_period: row.get("retention_period")?,
        extra_parameters: row.get("extra_backup_parameters")?,
        status: row.parse("status")?,
        tag: row.get::<Option<String>>("remarks")?.unwrap_or_default(),
        pg_dump_release: row
            .get::<Option<String>>("pg_dump_release")?
            .filter(|release| !release.is_empty()),
    })
}
