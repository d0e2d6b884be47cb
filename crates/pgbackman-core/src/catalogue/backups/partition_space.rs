//! How much room there is where the backups go (`backup_partition_space`), and how it was day by day.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{NodeId, ServerId};

/// A file system that backups go to, as control has just seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeenSpace {
    /// The server's root directory where that is on it, otherwise the first of its nodes' backup directories.
    pub path: String,
    /// Its size.
    pub total_bytes: u64,
    /// What somebody who is not root may still write.
    pub free_bytes: u64,
    /// The nodes whose backups go there.
    pub node_ids: Vec<NodeId>,
}

/// A file system that backups of a server go to, as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionSpace {
    /// The backup server.
    pub server: ServerId,
    /// Its name.
    pub server_fqdn: String,
    /// Where it is.
    pub path: String,
    /// Its size.
    pub total_bytes: u64,
    /// What somebody who is not root may still write.
    pub free_bytes: u64,
    /// When control looked last; long ago where its directory cannot be checked.
    pub observed: DateTime<Utc>,
    /// The nodes whose backups go there.
    pub nodes: Vec<NodeId>,
}

/// The same on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceOnDay {
    /// The backup server.
    pub server: ServerId,
    /// Where it is.
    pub path: String,
    /// The day, in UTC.
    pub day: NaiveDate,
    /// Its size.
    pub total_bytes: u64,
    /// What was free when it was last looked at.
    pub free_bytes: u64,
    /// The least that was free.
    pub least_free_bytes: u64,
}

/// Where the backups of the nodes go that a server has definitions or snapshots of, in order of node.
pub async fn directories(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<(NodeId, PathBuf)>, CatalogError> {
    let action = "list the backup directories";
    let rows = client
        .query(
            "SELECT c.node_id, c.value FROM pgsql_node_config AS c \
             WHERE c.parameter = 'pgnode_backup_partition' \
               AND (EXISTS (SELECT FROM backup_definition AS d \
                            WHERE d.pgsql_node_id = c.node_id AND d.backup_server_id = $1) \
                    OR EXISTS (SELECT FROM snapshot_definition AS d \
                               WHERE d.pgsql_node_id = c.node_id AND d.backup_server_id = $1)) \
             ORDER BY c.node_id",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok((
            NodeId::new(row.get("node_id")?),
            row.get::<String>("value")?.into(),
        ))
    })
}

/// Notes all file systems that backups of a server go to; `unseen` are paths that could not be checked now, of which the
/// last that is known stays. `as_of` is for tests; without it the catalogue's clock counts.
pub async fn note(
    client: &impl GenericClient,
    server: ServerId,
    spaces: &[SeenSpace],
    unseen: &[String],
    as_of: Option<DateTime<Utc>>,
) -> Result<(), CatalogError> {
    let action = "record the free space of the backup directories";
    let spaces = serde_json::to_value(spaces).map_err(|error| CatalogError::Decode {
        action,
        reason: error.to_string(),
    })?;
    client
        .execute(
            "SELECT note_partition_space($1, $2, $3, $4)",
            &[&server.get(), &spaces, &unseen, &as_of],
        )
        .await
        .map_err(sql(action))?;
    Ok(())
}

/// The file systems of one backup server or of all.
pub async fn list(
    client: &impl GenericClient,
    server: Option<ServerId>,
) -> Result<Vec<PartitionSpace>, CatalogError> {
    let action = "read the free space of the backup directories";
    let rows = client
        .query(
            "SELECT p.*, s.fqdn FROM backup_partition_space AS p JOIN backup_server AS s ON s.server_id = p.backup_server_id \
             WHERE $1::integer IS NULL OR p.backup_server_id = $1 ORDER BY s.fqdn, p.backup_server_id, p.path",
            &[&server.map(ServerId::get)],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        let nodes: Vec<i64> = row.get("node_ids")?;
        Ok(PartitionSpace {
            server: ServerId::new(row.get("backup_server_id")?),
            server_fqdn: row.get("fqdn")?,
            path: row.get("path")?,
            total_bytes: row.unsigned::<i64, u64>("total_bytes")?,
            free_bytes: row.unsigned::<i64, u64>("free_bytes")?,
            observed: row.get("observed")?,
            nodes: nodes.into_iter().map(NodeId::new).collect(),
        })
    })
}

/// A server's file systems day by day from a day on, the oldest first.
pub async fn history(
    client: &impl GenericClient,
    server: ServerId,
    from: NaiveDate,
) -> Result<Vec<SpaceOnDay>, CatalogError> {
    let action = "read the history of the free space of the backup directories";
    let rows = client
        .query(
            "SELECT * FROM backup_partition_space_history \
             WHERE backup_server_id = $1 AND day >= $2 ORDER BY path, day",
            &[&server.get(), &from],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(SpaceOnDay {
            server: ServerId::new(row.get("backup_server_id")?),
            path: row.get("path")?,
            day: row.get("day")?,
            total_bytes: row.unsigned::<i64, u64>("total_bytes")?,
            free_bytes: row.unsigned::<i64, u64>("free_bytes")?,
            least_free_bytes: row.unsigned::<i64, u64>("least_free_bytes")?,
        })
    })
}
