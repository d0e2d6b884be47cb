//! Restores in the catalogue (`restore_catalog`, `run_in_progress`), registered once per run however often a result arrives.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::catalogue::error::{CatalogError, sql};
use crate::domain::ids::{NodeId, RestoreDefId, RestoreId, ServerId};
use crate::domain::restore::RestoreResult;

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreRegistration {
    /// It is in the catalogue, since now or since it was told before.
    Registered(RestoreId),
    /// Its definition is gone (with the backup, the server or the node): there is nothing to register it under.
    Gone,
}

/// Registers how a restore ended, and ends it in `run_in_progress`. Idempotent by the run's UUID; what is said again of one that
/// is registered replaces what was said before.
pub async fn register_result(
    client: &impl GenericClient,
    result: &RestoreResult,
) -> Result<RestoreRegistration, CatalogError> {
    const ACTION: &str = "register a restore in the catalogue";
    let path = |path: &std::path::Path| without_nul(&path.to_string_lossy());
    let log = result.log.as_deref().map(path);
    let message = without_nul(result.error_message.as_deref().unwrap_or_default());
    let pid = i32::try_from(result.procpid).map_err(|_| CatalogError::Decode {
        action: ACTION,
        reason: format!("{} is not a process ID", result.procpid),
    })?;
    let row = client
        .query_one(
            "SELECT register_restore_result($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
            &[
                &result.run_uuid,
                &result.restore.get(),
                &pid,
                &result.server.get(),
                &result.node.get(),
                &result.source_dbname,
                &result.target_dbname,
                &result.renamed_dbname,
                &result.started,
                &result.finished,
                &log,
                &path(&result.global_log),
                &result.status.as_str(),
                &message,
                &result.role_list,
                &result.target_release,
                &result.backup_release,
                &i32::try_from(result.revision).unwrap_or(i32::MAX),
            ],
        )
        .await
        .map_err(sql(ACTION))?;
    let id: Option<i64> = row.try_get(0).map_err(sql(ACTION))?;
    Ok(id.map_or(RestoreRegistration::Gone, |id| {
        RestoreRegistration::Registered(RestoreId::new(id))
    }))
}

/// PostgreSQL's texts hold no NUL, and a client program's last words may.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// A restore that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreRun {
    /// Identifies the run.
    pub run_uuid: Uuid,
    /// The restore definition.
    pub restore: RestoreDefId,
    /// The backup server it runs on.
    pub server: ServerId,
    /// The target.
    pub node: NodeId,
    /// Its process ID.
    pub procpid: u32,
    /// When it started.
    pub started: DateTime<Utc>,
}

/// Notes that a restore begins. Saying it twice is saying it once; another run of a restore that was begun or has a result is
/// refused.
pub async fn begin(client: &impl GenericClient, run: &RestoreRun) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT begin_restore_run($1, $2, $3, $4, $5, $6)",
            &[
                &run.run_uuid,
                &run.restore.get(),
                &run.server.get(),
                &run.node.get(),
                &i64::from(run.procpid),
                &run.started,
            ],
        )
        .await
        .map_err(sql("record the start of a restore"))?;
    Ok(())
}
