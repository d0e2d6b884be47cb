//! Runs of a definition that are asked for outside its schedule (`requested_run`).

use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::catalogue::error::{CatalogError, sql};
use crate::domain::ids::{DefId, RequestId};

/// Asks for a run of a definition at once; control gives it to `at`.
///
/// # Errors
/// When the definition is DELETED, its node is STOPPED, or a run of it continues or is asked for already.
pub async fn request(
    client: &impl GenericClient,
    definition: DefId,
    by: &str,
) -> Result<RequestId, CatalogError> {
    let action = "request a run of this backup definition";
    let row = client
        .query_one("SELECT request_run($1, $2)", &[&definition.get(), &by])
        .await
        .map_err(sql(action))?;
    row.try_get(0).map(RequestId::new).map_err(sql(action))
}

/// The definition of a request.
///
/// # Errors
/// [`CatalogError::NotFound`] when the request is gone with its definition.
pub async fn definition(
    client: &impl GenericClient,
    request: RequestId,
) -> Result<DefId, CatalogError> {
    let action = "read a requested run";
    let row = client
        .query_opt(
            "SELECT def_id FROM requested_run WHERE request_id = $1",
            &[&request.get()],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound {
            kind: "Requested run",
            value: request.to_string(),
        })?;
    row.try_get(0).map(DefId::new).map_err(sql(action))
}

/// Notes that a run has begun for a request.
pub async fn begun(
    client: &impl GenericClient,
    request: RequestId,
    definition: DefId,
    run: Uuid,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT note_requested_run($1, $2, $3)",
            &[&request.get(), &definition.get(), &run],
        )
        .await
        .map_err(sql("record the start of a requested run"))?;
    Ok(())
}

/// How often a failed run of a definition is tried again, and how long after its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often; 0 never.
    pub times: i32,
    /// How long after: a PostgreSQL interval.
    pub after: String,
}

/// A definition's policy.
pub async fn retry_policy(
    client: &impl GenericClient,
    definition: DefId,
) -> Result<RetryPolicy, CatalogError> {
    let action = "read the retry policy of this backup definition";
    let row = client
        .query_opt(
            "SELECT coalesce(retry_times, 0), coalesce(retry_after, interval '15 minutes')::text \
             FROM backup_definition WHERE def_id = $1",
            &[&definition.get()],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound {
            kind: "Backup definition",
            value: definition.to_string(),
        })?;
    Ok(RetryPolicy {
        times: row.try_get(0).map_err(sql(action))?,
        after: row.try_get(1).map_err(sql(action))?,
    })
}

/// Sets a definition's policy.
pub async fn set_retry_policy(
    client: &impl GenericClient,
    definition: DefId,
    policy: &RetryPolicy,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT update_retry_policy($1, $2, $3::text::interval)",
            &[&definition.get(), &policy.times, &policy.after],
        )
        .await
        .map_err(sql("update the retry policy of this backup definition"))?;
    Ok(())
}
