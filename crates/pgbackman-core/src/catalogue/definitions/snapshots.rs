//! Snapshot definitions (`snapshot_definition`): backups taken once, by `at`.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::definitions::Deletion;
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::ids::{NodeId, ServerId, SnapshotId};
use crate::domain::pg_version::PgMajor;
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
    /// Only in rows of 1.x; nothing encrypts yet.
    pub encryption: bool,
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

/// Snapshots that an operator registers together: one of each database, otherwise the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSnapshots {
    /// The backup server that takes them.
    pub server: ServerId,
    /// The node they are taken of.
    pub node: NodeId,
    /// The databases; one empty name for CLUSTER.
    pub dbnames: Vec<String>,
    /// When they are taken, to the minute.
    pub at_time: DateTime<Utc>,
    /// What they contain.
    pub code: BackupCode,
    /// How long they are kept: a PostgreSQL interval.
    pub retention_period: String,
    /// Additional words for `pg_dump`/`pg_dumpall`, as typed.
    pub extra_parameters: String,
    /// The operator's tag.
    pub tag: String,
    /// A client release newer than the node's, where one is asked for.
    pub pg_dump_release: Option<PgMajor>,
}

/// The snapshots, with their databases, that some of these would be a second time: the catalogue refuses them.
pub async fn existing(
    client: &impl GenericClient,
    new: &NewSnapshots,
) -> Result<Vec<(SnapshotId, String)>, CatalogError> {
    let action = "look up snapshot definitions";
    let rows = client
        .query(
            include_str!("snapshots_existing.sql"),
            &[
                &new.server.get(),
                &new.node.get(),
                &new.dbnames,
                &new.at_time,
                &new.code.as_str(),
                &new.extra_parameters,
            ],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok((SnapshotId::new(row.get("snapshot_id")?), row.get("dbname")?))
    })
}

/// A snapshot that is defined for a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameMinute {
    /// The snapshot.
    pub id: SnapshotId,
    /// Its database; empty for CLUSTER.
    pub dbname: String,
    /// What it contains.
    pub code: BackupCode,
    /// Its further parameters.
    pub extra_parameters: String,
}

/// The snapshots of a node that a backup server takes in this minute, those of clones among them.
pub async fn in_minute(
    client: &impl GenericClient,
    server: ServerId,
    node: NodeId,
    at_time: DateTime<Utc>,
) -> Result<Vec<SameMinute>, CatalogError> {
    let action = "look up snapshot definitions";
    let rows = client
        .query(
            "SELECT snapshot_id, dbname, backup_code, extra_backup_parameters FROM snapshot_definition \
             WHERE backup_server_id = $1 AND pgsql_node_id = $2::bigint AND at_time = $3 ORDER BY snapshot_id",
            &[&server.get(), &node.get(), &at_time],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(SameMinute {
            id: SnapshotId::new(row.get("snapshot_id")?),
            dbname: row.get("dbname")?,
            code: row.parse("backup_code")?,
            extra_parameters: row.get("extra_backup_parameters")?,
        })
    })
}

/// Registers snapshots in one statement: all or none, and one notification. The IDs come in the order of the databases.
pub async fn register_all(
    client: &impl GenericClient,
    new: &NewSnapshots,
) -> Result<Vec<SnapshotId>, CatalogError> {
    let action = "register this snapshot definition";
    let rows = client
        .query(
            include_str!("snapshots_register.sql"),
            &[
                &new.server.get(),
                &new.node.get(),
                &new.dbnames,
                &new.at_time,
                &new.code.as_str(),
                &new.retention_period,
                &new.extra_parameters,
                &new.tag,
                &new.pg_dump_release.map(|release| release.to_string()),
            ],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        row.get("snapshot_id").map(SnapshotId::new)
    })
}

/// The snapshot definition with this ID.
pub async fn by_id(
    client: &impl GenericClient,
    id: SnapshotId,
) -> Result<SnapshotDefinition, CatalogError> {
    let action = "read a snapshot definition";
    let row = client
        .query_opt(
            "SELECT snapshot_id, backup_server_id, pgsql_node_id, dbname, at_time, backup_code, encryption, \
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

/// How far the snapshots of a node are that have the same tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// How many there are.
    pub all: i64,
    /// Those that are SUCCEEDED.
    pub succeeded: i64,
    /// Those that ended with a WARNING.
    pub warned: i64,
    /// Those that failed, or cannot be given to `at`.
    pub failed: i64,
    /// What the backups take, bytes.
    pub bytes: u64,
    /// Why one of those failed.
    pub reason: Option<String>,
}

impl Tagged {
    /// How many have ended.
    pub const fn ended(&self) -> i64 {
        self.succeeded + self.warned + self.failed
    }
}

/// Counts the snapshots of a node with this tag.
pub async fn tagged(
    client: &impl GenericClient,
    node: NodeId,
    tag: &str,
) -> Result<Tagged, CatalogError> {
    let action = "count the snapshots of a node";
    let row = client
        .query_one(include_str!("snapshots_tagged.sql"), &[&node.get(), &tag])
        .await
        .map_err(sql(action))?;
    let row = Reader::new(&row, action);
    Ok(Tagged {
        all: row.get("all_of_them")?,
        succeeded: row.get("succeeded")?,
        warned: row.get("warned")?,
        failed: row.get("failed")?,
        bytes: row.unsigned::<i64, u64>("bytes")?,
        reason: row.get("reason")?,
    })
}

/// Deletes a snapshot definition; control takes its job out of the queue of `at`.
pub async fn delete(
    client: &impl GenericClient,
    id: SnapshotId,
    deletion: Deletion,
) -> Result<(), CatalogError> {
    let statement = match deletion {
        Deletion::Plain => "SELECT delete_snapshot_definition($1)",
        Deletion::Forced => "SELECT delete_force_snapshot_definition($1)",
    };
    client
        .execute(statement, &[&id.get()])
        .await
        .map_err(sql("delete this snapshot definition"))?;
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
        encryption: row.get("encryption")?,
        retention_period: row.get("retention_period")?,
        extra_parameters: row.get("extra_backup_parameters")?,
        status: row.parse("status")?,
        tag: row.get::<Option<String>>("remarks")?.unwrap_or_default(),
        pg_dump_release: row
            .get::<Option<String>>("pg_dump_release")?
            .filter(|release| !release.is_empty()),
    })
}
