//! What waits to be cleaned up on backup servers: deleted and stopped nodes, former paths.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{NodeId, ServerId};

/// A node that was deleted, and what a backup server has of it. Rows of 1.x know no paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeToDelete {
    /// The deleted node's ID.
    pub node: NodeId,
    /// When it was deleted.
    pub registered: DateTime<Utc>,
    /// Its name.
    pub fqdn: Option<String>,
    /// Its crontab file, as it was configured.
    pub crontab_file: Option<PathBuf>,
    /// Its backup directory, as it was configured.
    pub backup_partition: Option<PathBuf>,
    /// Its earlier backup directories.
    pub former_backup_partitions: Vec<PathBuf>,
}

/// A crontab file under a path that is no longer configured; it goes before the new one is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerCrontab {
    /// The node.
    pub node: NodeId,
    /// The path.
    pub path: PathBuf,
}

/// The deleted nodes that a backup server has still to clean up after.
pub async fn nodes_to_delete(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<NodeToDelete>, CatalogError> {
    let action = "list the deleted PgSQL nodes";
    let rows = client
        .query(
            "SELECT pgsql_node_id, registered, pgsql_node_fqdn, pgnode_crontab_file, pgnode_backup_partition, \
                    former_backup_partitions \
             FROM pgsql_node_to_delete WHERE backup_server_id = $1 ORDER BY pgsql_node_id",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(NodeToDelete {
            node: NodeId::new(row.get("pgsql_node_id")?),
            registered: row.get("registered")?,
            fqdn: row.get("pgsql_node_fqdn")?,
            crontab_file: row.path("pgnode_crontab_file")?,
            backup_partition: row.path("pgnode_backup_partition")?,
            former_backup_partitions: paths(row.get("former_backup_partitions")?),
        })
    })
}

/// A backup server has cleaned up after a deleted node.
pub async fn remove_node_to_delete(
    client: &impl GenericClient,
    server: ServerId,
    node: NodeId,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT delete_pgsql_node_to_delete($1, $2)",
            &[&server.get(), &node.get()],
        )
        .await
        .map_err(sql("delete a deleted PgSQL node"))?;
    Ok(())
}

/// The crontab files a backup server has under paths that are no longer configured.
pub async fn former_crontabs(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<FormerCrontab>, CatalogError> {
    let action = "list the former crontab files";
    let rows = client
        .query(
            "SELECT pgsql_node_id, path FROM former_crontab_file WHERE backup_server_id = $1 ORDER BY pgsql_node_id, path",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(FormerCrontab {
            node: NodeId::new(row.get("pgsql_node_id")?),
            path: row.get::<String>("path")?.into(),
        })
    })
}

/// A former crontab file is gone from a backup server.
pub async fn remove_former_crontab(
    client: &impl GenericClient,
    server: ServerId,
    crontab: &FormerCrontab,
) -> Result<(), CatalogError> {
    client
        .execute(
            "DELETE FROM former_crontab_file WHERE backup_server_id = $1 AND pgsql_node_id = $2 AND path = $3",
            &[&server.get(), &crontab.node.get(), &crontab.path.to_string_lossy()],
        )
        .await
        .map_err(sql("delete a former crontab file"))?;
    Ok(())
}

fn paths(texts: Option<Vec<String>>) -> Vec<PathBuf> {
    texts
        .unwrap_or_default()
        .into_iter()
        .map(PathBuf::from)
        .collect()
}
