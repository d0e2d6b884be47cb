//! Runs in progress, as far as the catalogue was told (`run_in_progress`). The truth about a run is the lock on its
//! record on the backup server; this table keeps a definition from being deleted under a run, and shows what continues.
//!
//! Runs to come are in [`at_jobs`], runs that were never told of in [`lost_runs`], ended ones in [`run_history`].

pub mod at_jobs;
pub mod last_restores;
pub mod lost_runs;
pub mod permission;
pub mod progress;
pub mod requested;
pub mod run_history;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::{DefId, NodeId, ServerId, SnapshotId};

/// A run that has begun and not yet been registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Identifies the run.
    pub run_uuid: Uuid,
    /// The definition or snapshot.
    pub origin: BackupOrigin,
    /// The backup server it runs on.
    pub server: ServerId,
    /// The node it reads from.
    pub node: NodeId,
    /// Its process ID.
    pub procpid: u32,
    /// When it started.
    pub started: DateTime<Utc>,
}

/// Notes that a run begins. Saying it twice is saying it once. A snapshot can be begun by one run only: another run of
/// it is refused, and so is a run of a definition that does not exist.
pub async fn begin(client: &impl GenericClient, run: &Run) -> Result<(), CatalogError> {
    let (definition, snapshot) = match run.origin {
        BackupOrigin::Definition(id) => (Some(id.get()), None),
        BackupOrigin::Snapshot(id) => (None, Some(id.get())),
    };
    client
        .execute(
            "SELECT begin_backup_run($1, $2, $3, $4, $5, $6, $7)",
            &[
                &run.run_uuid,
                &definition,
                &snapshot,
                &run.server.get(),
                &run.node.get(),
                &i64::from(run.procpid),
                &run.started,
            ],
        )
        .await
        .map_err(sql("record the start of a run"))?;
    Ok(())
}

/// Notes that a run is over without a result. [`crate::catalogue::backups::register_result`] does this by itself.
pub async fn end(client: &impl GenericClient, run_uuid: Uuid) -> Result<(), CatalogError> {
    client
        .execute(
            "DELETE FROM run_in_progress WHERE run_uuid = $1",
            &[&run_uuid],
        )
        .await
        .map_err(sql("record the end of a run"))?;
    Ok(())
}

/// What runs on a backup server, the oldest first.
pub async fn list(client: &impl GenericClient, server: ServerId) -> Result<Vec<Run>, CatalogError> {
    let action = "list the runs in progress";
    let rows = client
        .query(
            "SELECT run_uuid, def_id, snapshot_id, backup_server_id, pgsql_node_id, procpid, started \
             FROM run_in_progress \
             WHERE backup_server_id = $1 AND (def_id IS NOT NULL OR snapshot_id IS NOT NULL) ORDER BY started, run_uuid",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        let origin = match row.get::<Option<i64>>("def_id")? {
            Some(id) => BackupOrigin::Definition(DefId::new(id)),
            None => BackupOrigin::Snapshot(SnapshotId::new(row.get("snapshot_id")?)),
        };
        Ok(Run {
            run_uuid: row.get("run_uuid")?,
            origin,
            server: ServerId::new(row.get("backup_server_id")?),
            node: NodeId::new(row.get("pgsql_node_id")?),
            procpid: row.unsigned::<i64, u32>("procpid")?,
            started: row.get("started")?,
        })
    })
}
