//! Results that 1.x left in pending files, registered once however often a file is imported, and not at all where 1.x had
//! registered them itself.

use serde::Serialize;
use tokio_postgres::GenericClient;

use crate::catalogue::backups::{self, Registration};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::restores::restore_results::{self, RestoreRegistration};
use crate::domain::backup::BackupResult;
use crate::domain::ids::RestoreId;
use crate::domain::restore::RestoreResult;

const BACKUP: &str = "register a backup of 1.x in the catalogue";
const RESTORE: &str = "register a restore of 1.x in the catalogue";

/// Registers the result of a backup or snapshot of 1.x, as [`backups::register_result`] does.
pub async fn register_backup(
    client: &impl GenericClient,
    result: &BackupResult,
) -> Result<Registration, CatalogError> {
    let claim = "SELECT claim_backup_of_1_x($1)";
    if claimed(client, claim, result, BACKUP).await?.is_some() {
        return Ok(Registration::AlreadyRegistered);
    }
    backups::register_result(client, result).await
}

/// Registers the result of a restore of 1.x, as [`restore_results::register_result`] does. Where the definition is gone,
/// the restore's log is handed to maintenance, as if it had gone with its definition.
pub async fn register_restore(
    client: &impl GenericClient,
    result: &RestoreResult,
) -> Result<RestoreRegistration, CatalogError> {
    let claim = "SELECT claim_restore_of_1_x($1)";
    if let Some(id) = claimed(client, claim, result, RESTORE).await? {
        return Ok(RestoreRegistration::Registered(RestoreId::new(id)));
    }
    let registration = restore_results::register_result(client, result).await?;
    if let (RestoreRegistration::Gone, Some(log)) = (registration, &result.log) {
        client
            .execute(
                "SELECT disown_restore_log($1, $2)",
                &[&result.server.get(), &log.to_string_lossy()],
            )
            .await
            .map_err(sql(RESTORE))?;
    }
    Ok(registration)
}

/// The row that 1.x itself had made of this run.
async fn claimed(
    client: &impl GenericClient,
    statement: &str,
    result: &impl Serialize,
    action: &'static str,
) -> Result<Option<i64>, CatalogError> {
    let document = serde_json::to_value(result).map_err(|error| CatalogError::Decode {
        action,
        reason: format!("the result cannot be written as JSON: {error}"),
    })?;
    client
        .query_one(statement, &[&document])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql(action))
}
