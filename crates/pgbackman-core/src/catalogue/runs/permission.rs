//! Whether a run that `cron` or `at` starts is still wanted: the definition may have been stopped since it was scheduled, or its node.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::Reader;
use crate::domain::ids::{DefId, RequestId};
use crate::domain::status::{JobStatus, ServerStatus};

/// What the catalogue says of a definition that is about to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The definition's status.
    pub job_status: JobStatus,
    /// Its node's status.
    pub node_status: ServerStatus,
    /// When the maintenance window ends that the node is in.
    pub window_until: Option<DateTime<Utc>>,
    /// Which attempt after a failed run the request is, 0 of `backup_now`; `None` where the catalogue does not have the request.
    pub attempt: Option<u32>,
}

/// What the catalogue says now. `None` where it does not have the definition.
///
/// # Errors
/// What the catalogue says.
pub async fn standing(
    client: &impl GenericClient,
    definition: DefId,
    request: Option<RequestId>,
) -> Result<Option<Standing>, CatalogError> {
    let action = "ask whether the backup definition is still to run";
    let row = client
        .query_opt(
            include_str!("permission_standing.sql"),
            &[&definition.get(), &request.map(RequestId::get)],
        )
        .await
        .map_err(sql(action))?;
    let Some(row) = row else {
        return Ok(None);
    };
    let row = Reader::new(&row, action);
    let attempt: Option<i32> = row.get("attempt")?;
    Ok(Some(Standing {
        job_status: row.parse("job_status")?,
        node_status: row.parse("node_status")?,
        window_until: row.get("window_until")?,
        attempt: attempt.and_then(|attempt| u32::try_from(attempt).ok()),
    }))
}
