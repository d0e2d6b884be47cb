//! What `at` runs once: snapshots and restores, as control compares them with the queue of `at`.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::ids::{NodeId, RequestId, RestoreDefId, ServerId, SnapshotId};
use crate::domain::status::AtStatus;
use crate::node::identity;
use crate::sys::at::AtJob;

/// A snapshot or restore definition that has no result yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Which.
    pub job: AtJob,
    /// The node it is taken of, or restored on.
    pub node: NodeId,
    /// The database that is taken, or made; empty for a whole cluster.
    pub dbname: String,
    /// When it is run, to the minute.
    pub at_time: DateTime<Utc>,
    /// WAITING or DEFINED.
    pub status: AtStatus,
    /// Why it could not be given to `at` yet.
    pub problem: Option<String>,
    /// Whether the catalogue knows that it has been begun.
    pub begun: bool,
}

/// The snapshots and restores of a backup server that wait, or that `at` has and that have no result yet; the earliest
/// first. A result that waits in a pending file is not known here.
pub async fn unfinished(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<Unfinished>, CatalogError> {
    let action = "list the pending snapshots and restores";
    let rows = client
        .query(include_str!("at_jobs_unfinished.sql"), &[&server.get()])
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(Unfinished {
            job: job(row)?,
            node: NodeId::new(row.get("pgsql_node_id")?),
            dbname: row.get::<Option<String>>("dbname")?.unwrap_or_default(),
            at_time: row.get("at_time")?,
            status: row.parse("status")?,
            problem: row.get("problem")?,
            begun: row.get("begun")?,
        })
    })
}

/// Changes how far a definition has come, if it is still where the caller believes it to be: another control, or an
/// operator who deletes it, may have been quicker. `problem` says why it is not in the queue.
pub async fn change_status(
    client: &impl GenericClient,
    job: AtJob,
    from: AtStatus,
    to: AtStatus,
    problem: Option<&str>,
) -> Result<bool, CatalogError> {
    let (statement, id) = match job {
        AtJob::Snapshot(id) => (
            "UPDATE snapshot_definition SET status = $3, problem = $4 WHERE snapshot_id = $1 AND status = $2",
            id.get(),
        ),
        AtJob::Restore(id) => (
            "UPDATE restore_definition SET status = $3, error_message = $4 WHERE restore_def = $1 AND status = $2",
            id.get(),
        ),
        AtJob::Run(id) => (
            "UPDATE requested_run SET status = $3, problem = $4 \
             WHERE request_id = $1 AND status = $2 AND run_uuid IS NULL",
            id.get(),
        ),
    };
    let changed = client
        .execute(statement, &[&id, &from.as_str(), &to.as_str(), &problem])
        .await
        .map_err(sql("set the status of a snapshot or restore"))?;
    Ok(changed > 0)
}

/// By what a backup server's jobs are told from those of every other catalogue whose jobs a machine may have. A random
/// part is given to the server once; a copy of the catalogue in another database, or in another cluster, has another mark.
pub async fn catalogue_mark(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<String, CatalogError> {
    let action = "read the identification of a backup server's at jobs";
    client
        .execute(
            "UPDATE backup_server SET at_token = $2 WHERE server_id = $1 AND at_token IS NULL",
            &[&server.get(), &Uuid::new_v4().to_string()],
        )
        .await
        .map_err(sql(action))?;
    let row = client
        .query_opt(
            "SELECT s.at_token, d.oid FROM backup_server AS s, pg_catalog.pg_database AS d \
             WHERE s.server_id = $1 AND d.datname = pg_catalog.current_database()",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound {
            kind: "Backup server",
            value: server.to_string(),
        })?;
    let row = Reader::new(&row, action);
    let (token, database): (String, u32) = (row.get("at_token")?, row.get("oid")?);
    let unknown = |error: &dyn std::fmt::Display| CatalogError::Decode {
        action,
        reason: error.to_string(),
    };
    let release = identity::release(client)
        .await
        .map_err(|error| unknown(&error))?;
    let cluster = identity::system_identifier(client, release)
        .await
        .map_err(|error| unknown(&error))?;
    Ok(format!(
        "{token}.{database}.{}",
        cluster.as_deref().unwrap_or("0")
    ))
}

fn job(row: &Reader<'_>) -> Result<AtJob, CatalogError> {
    let (snapshot, restore, request): (Option<i64>, Option<i64>, Option<i64>) = (
        row.get("snapshot_id")?,
        row.get("restore_def")?,
        row.get("request_id")?,
    );
    match (snapshot, restore, request) {
        (Some(id), _, _) => Ok(AtJob::Snapshot(SnapshotId::new(id))),
        (None, Some(id), _) => Ok(AtJob::Restore(RestoreDefId::new(id))),
        (None, None, Some(id)) => Ok(AtJob::Run(RequestId::new(id))),
        (None, None, None) => Err(CatalogError::Decode {
            action: "list the pending snapshots and restores",
            reason: "a row without an ID".to_owned(),
        }),
    }
}
