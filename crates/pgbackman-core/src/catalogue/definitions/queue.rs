//! The job queue: what makes a change of definitions durable until the crontab has it (`docs/spec/catalogue.md`).
//!
//! Control reads an entry's ID, **then** the definitions, writes the crontab holding no lock, and then removes the entry
//! **with that ID**. Enqueueing again gives a waiting entry a new ID, so that a change made meanwhile stays queued.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{JobId, NodeId, ServerId};

/// An entry of `job_queue`: the crontab of this node on this server is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingJob {
    /// Changes whenever the entry is enqueued again.
    pub id: JobId,
    /// When it was enqueued last.
    pub registered: DateTime<Utc>,
    /// The backup server.
    pub server: ServerId,
    /// The node.
    pub node: NodeId,
}

/// What waits for a backup server, the longest waiting first.
pub async fn waiting(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<WaitingJob>, CatalogError> {
    let action = "read the job queue";
    let rows = client
        .query(
            "SELECT id, registered, backup_server_id, pgsql_node_id FROM job_queue \
             WHERE backup_server_id = $1 ORDER BY registered, id",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(WaitingJob {
            id: JobId::new(row.get("id")?),
            registered: row.get("registered")?,
            server: ServerId::new(row.get("backup_server_id")?),
            node: NodeId::new(row.get::<i32>("pgsql_node_id")?.into()),
        })
    })
}

/// Removes the entry that was worked off. `false` where it was enqueued again meanwhile: it then waits under a new ID.
pub async fn remove(client: &impl GenericClient, id: JobId) -> Result<bool, CatalogError> {
    let removed = client
        .execute("DELETE FROM job_queue WHERE id = $1", &[&id.get()])
        .await
        .map_err(sql("remove a job from the queue"))?;
    Ok(removed > 0)
}
