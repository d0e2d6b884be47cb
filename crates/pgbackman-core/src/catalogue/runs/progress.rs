//! How far runs are, as they report it themselves, and requests to end them.

use std::fmt;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use super::lost_runs::RunOf;
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::Reader;
use crate::domain::ids::{RestoreDefId, RunId};
use crate::domain::status::ExecutionStatus;

/// How far a run has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HowFar {
    /// What it is doing, in a word or two.
    pub phase: &'static str,
    /// Bytes that it has written (a backup) or verified (a restore).
    pub bytes_done: Option<u64>,
    /// Of how many, where that is known.
    pub bytes_expected: Option<u64>,
    /// Objects restored, of how many.
    pub objects: Option<(u32, u32)>,
}

/// Who asked for the end of a run, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// The operator.
    pub by: String,
    /// The time.
    pub at: DateTime<Utc>,
}

impl fmt::Display for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.format("%Y-%m-%d %H:%M:%S UTC");
        write!(f, "cancelled by {} at {at}", self.by)
    }
}

/// What the catalogue answers to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The run continues.
    GoOn,
    /// An operator wants it to end.
    Cancel(Cancellation),
    /// The catalogue does not know of it (any more).
    Unknown,
}

/// Reports how far a run has come.
pub async fn report(
    client: &impl GenericClient,
    run: Uuid,
    how_far: &HowFar,
) -> Result<Reply, CatalogError> {
    let action = "report the progress of a run";
    let bytes = |bytes: Option<u64>| bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    let row = client
        .query_opt(
            include_str!("progress_report.sql"),
            &[
                &run,
                &how_far.phase,
                &bytes(how_far.bytes_done),
                &bytes(how_far.bytes_expected),
                &how_far.objects.map(|(done, _)| i64::from(done)),
                &how_far.objects.map(|(_, total)| i64::from(total)),
            ],
        )
        .await
        .map_err(sql(action))?;
    let Some(row) = row else {
        return Ok(Reply::Unknown);
    };
    let row = Reader::new(&row, action);
    let requested: Option<DateTime<Utc>> = row.get("cancel_requested")?;
    Ok(match requested {
        None => Reply::GoOn,
        Some(at) => Reply::Cancel(Cancellation {
            by: row
                .get::<Option<String>>("cancelled_by")?
                .unwrap_or_default(),
            at,
        }),
    })
}

/// A run in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInProgress {
    /// Identifies the run.
    pub run_uuid: Uuid,
    /// What it is of.
    pub of: RunOf,
    /// The FQDN of the backup server it runs on.
    pub server: String,
    /// When it reported last.
    pub reported: Option<DateTime<Utc>>,
    /// Since when an operator wants it to end, and who.
    pub cancelled: Option<Cancellation>,
}

/// A run in progress by its ID.
///
/// # Errors
/// [`CatalogError::NotFound`] when it is over, or never was.
pub async fn by_id(client: &impl GenericClient, run: RunId) -> Result<RunInProgress, CatalogError> {
    let action = "read a run in progress";
    let row = client
        .query_opt(include_str!("progress_by_id.sql"), &[&run.get()])
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound {
            kind: "Run in progress",
            value: run.to_string(),
        })?;
    let row = Reader::new(&row, action);
    let of = match row.origin()? {
        Some(origin) => RunOf::Backup(origin),
        None => RunOf::Restore(RestoreDefId::new(row.get("restore_def")?)),
    };
    let by: Option<String> = row.get("cancelled_by")?;
    let at: Option<DateTime<Utc>> = row.get("cancel_requested")?;
    Ok(RunInProgress {
        run_uuid: row.get("run_uuid")?,
        of,
        server: row.get("fqdn")?,
        reported: row.get("reported")?,
        cancelled: at.map(|at| Cancellation {
            by: by.unwrap_or_default(),
            at,
        }),
    })
}

/// Asks for the end of a run: it reads the request with its next report. A request that was made before stays as it is.
///
/// # Errors
/// [`CatalogError::NotFound`] when it is over, or never was.
pub async fn request_cancellation(
    client: &impl GenericClient,
    run: RunId,
    by: &str,
) -> Result<RunInProgress, CatalogError> {
    // Read first: it may end as soon as the request is there.
    let found = by_id(client, run).await?;
    client
        .execute(
            "UPDATE run_in_progress SET cancel_requested = now(), cancelled_by = $2 \
             WHERE run_id = $1 AND cancel_requested IS NULL",
            &[&run.get(), &by],
        )
        .await
        .map_err(sql("request the cancellation of a run"))?;
    Ok(found)
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its status; none where no result of it is known.
    pub status: Option<ExecutionStatus>,
    /// What the result says.
    pub message: String,
}

/// How a run ended; `None` while it continues.
pub async fn ending(
    client: &impl GenericClient,
    run_uuid: Uuid,
) -> Result<Option<Ended>, CatalogError> {
    let action = "read the result of a run";
    let row = client
        .query_one(include_str!("progress_ending.sql"), &[&run_uuid])
        .await
        .map_err(sql(action))?;
    let row = Reader::new(&row, action);
    if row.get("goes_on")? {
        return Ok(None);
    }
    let status = match row.get::<Option<String>>("execution_status")? {
        Some(_) => Some(row.parse("execution_status")?),
        None => None,
    };
    Ok(Some(Ended {
        status,
        message: row
            .get::<Option<String>>("error_message")?
            .unwrap_or_default(),
    }))
}
