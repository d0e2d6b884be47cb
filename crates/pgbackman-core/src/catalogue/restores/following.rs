//! How far a restore is that somebody waits for.

use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::Reader;
use crate::domain::ids::{RestoreDefId, RestoreId};
use crate::domain::status::{AtStatus, ExecutionStatus};

/// A restore, wherever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The definition.
    pub restore: RestoreDefId,
    /// WAITING, DEFINED or ERROR.
    pub status: AtStatus,
    /// Why it is an ERROR, or waits.
    pub problem: Option<String>,
    /// What the run is doing, while it runs.
    pub phase: Option<String>,
    /// How it ended: entry, status, and what it says.
    pub result: Option<(RestoreId, ExecutionStatus, String)>,
}

/// A restore by its definition; without one the newest that is defined.
///
/// # Errors
/// [`CatalogError::NotFound`] when there is none.
pub async fn follow(
    client: &impl GenericClient,
    restore: Option<RestoreDefId>,
) -> Result<Followed, CatalogError> {
    let action = "read the progress of a restore";
    let row = client
        .query_opt(
            include_str!("following.sql"),
            &[&restore.map(RestoreDefId::get)],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound {
            kind: "Restore definition",
            value: restore.map(|id| id.to_string()).unwrap_or_default(),
        })?;
    let row = Reader::new(&row, action);
    let result = match row.get::<Option<i64>>("restore_id")? {
        None => None,
        Some(id) => Some((
            RestoreId::new(id),
            row.parse("execution_status")?,
            row.get::<Option<String>>("error_message")?
                .unwrap_or_default(),
        )),
    };
    Ok(Followed {
        restore: RestoreDefId::new(row.get("restore_def")?),
        status: row.parse("status")?,
        problem: row.get("problem")?,
        phase: row.get("phase")?,
        result,
    })
}
