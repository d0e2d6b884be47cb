//! What keeps a backup server, a PgSQL node or a definition from being deleted: how much of what refers to it.

use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::Reader;
use crate::domain::ids::{DefId, NodeId, ServerId, SnapshotId};

/// What is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// A backup server.
    Server(ServerId),
    /// A PgSQL node.
    Node(NodeId),
    /// Backup definitions.
    Definitions(Vec<DefId>),
    /// A snapshot definition.
    Snapshot(SnapshotId),
}

/// How much refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Backup definitions of a server or node.
    pub definitions: i64,
    /// Snapshot definitions of a server or node.
    pub snapshots: i64,
    /// Backups in the catalogue.
    pub backups: i64,
    /// Runs of a definition in progress.
    pub runs: i64,
}

/// Counts it.
pub async fn of(client: &impl GenericClient, used: &Used) -> Result<Usage, CatalogError> {
    let action = "find out what uses this object";
    let (mut server, mut node, mut definitions, mut snapshot) = (None, None, Vec::new(), None);
    match used {
        Used::Server(id) => server = Some(id.get()),
        Used::Node(id) => node = Some(id.get()),
        Used::Definitions(ids) => definitions = ids.iter().map(|id| id.get()).collect(),
        Used::Snapshot(id) => snapshot = Some(id.get()),
    }
    let row = client
        .query_one(
            include_str!("usage.sql"),
            &[&server, &node, &definitions, &snapshot],
        )
        .await
        .map_err(sql(action))?;
    let row = Reader::new(&row, action);
    Ok(Usage {
        definitions: row.get("definitions")?,
        snapshots: row.get("snapshots")?,
        backups: row.get("backups")?,
        runs: row.get("runs")?,
    })
}
