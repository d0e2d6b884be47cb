//! Backups, and what becomes of them. This file registers them in `backup_catalog`, once per run however often a result arrives.
//!
//! Retention is next to it: [`expired`] and [`kept`] say what may go, [`shared_files`] what files two backups share, [`deletions`]
//! and [`leftovers`] what is to be deleted and what deletion left behind, [`file_looks`] and [`files_found`] whether the files of a
//! backup are there, [`directory_marks`] whether a directory is the one that the backups were written to.

mod backup_files;
pub mod deletions;
pub mod directory_marks;
pub mod expired;
pub mod file_looks;
pub mod files_found;
pub mod kept;
pub mod leftovers;
pub mod legacy_results;
pub mod partition_space;
pub mod shared_files;

pub use backup_files::BackupFiles;

use serde_json::Value;
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::Reader;
use crate::domain::backup::dump_estimate::Previous;
use crate::domain::backup::{BackupOrigin, BackupResult};
use crate::domain::ids::{BckId, NodeId};
use crate::domain::status::BackupCode;

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// It is in the catalogue now.
    Registered(BckId),
    /// This run was registered before (perhaps its entry is deleted by now); nothing changed.
    AlreadyRegistered,
    /// Its definition or snapshot, its server or its node is gone: it waits in `orphaned_result` for the end of the
    /// node's quarantine.
    Orphaned,
}

/// What a backup is of; `None` if there is no such backup.
pub async fn origin(
    client: &impl GenericClient,
    backup: BckId,
) -> Result<Option<BackupOrigin>, CatalogError> {
    let action = "look up the origin of a backup";
    let row = client
        .query_opt(
            "SELECT def_id, snapshot_id FROM backup_catalog WHERE bck_id = $1",
            &[&backup.get()],
        )
        .await
        .map_err(sql(action))?;
    match row {
        Some(row) => Reader::new(&row, action).origin(),
        None => Ok(None),
    }
}

/// Registers how a run ended, and ends it in `run_in_progress`. Idempotent by the run's UUID.
pub async fn register_result(
    client: &impl GenericClient,
    result: &BackupResult,
) -> Result<Registration, CatalogError> {
    let action = "register a backup in the catalogue";
    let document = document(result, action)?;
    let row = client
        .query_one(
            "SELECT outcome, bck_id FROM register_backup_result($1)",
            &[&document],
        )
        .await
        .map_err(sql(action))?;
    let outcome: &str = row.try_get("outcome").map_err(sql(action))?;
    let id: Option<i64> = row.try_get("bck_id").map_err(sql(action))?;
    match (outcome, id) {
        ("registered", Some(id)) => Ok(Registration::Registered(BckId::new(id))),
        ("already_registered", _) => Ok(Registration::AlreadyRegistered),
        ("orphaned", _) => Ok(Registration::Orphaned),
        _ => Err(CatalogError::Decode {
            action,
            reason: format!("outcome {outcome:?}"),
        }),
    }
}

/// What is looked for: a usable backup of the same kind.
#[derive(Debug, Clone, Copy)]
pub struct Kind<'a> {
    /// The node.
    pub node: NodeId,
    /// The database; empty for CLUSTER.
    pub dbname: &'a str,
    /// What is backed up.
    pub code: BackupCode,
    /// The extra parameters. Rows of 1.x do not tell theirs: those of their definition count.
    pub extra_parameters: &'a str,
}

/// The newest usable backup of a kind, on whatever backup server.
pub async fn newest_of(
    client: &impl GenericClient,
    kind: &Kind<'_>,
) -> Result<Option<Previous>, CatalogError> {
    let action = "read the last backup";
    let row = client
        .query_opt(
            include_str!("backups_newest_of.sql"),
            &[
                &kind.node.get(),
                &kind.dbname,
                &kind.code.as_str(),
                &kind.extra_parameters,
            ],
        )
        .await
        .map_err(sql(action))?;
    let Some(row) = row else {
        return Ok(None);
    };
    let bytes: i64 = row.try_get(0).map_err(sql(action))?;
    let database: Option<i64> = row.try_get(1).map_err(sql(action))?;
    Ok(Some(Previous {
        bytes: bytes.unsigned_abs(),
        database: database.and_then(|bytes| u64::try_from(bytes).ok()),
        finished: row.try_get(2).map_err(sql(action))?,
    }))
}

/// Removes an entry whose files are gone (trap 12), with its snapshot definition where that has no other. Its run's UUID
/// stays remembered.
pub async fn delete(client: &impl GenericClient, id: BckId) -> Result<(), CatalogError> {
    client
        .execute("SELECT delete_backup_catalog($1)", &[&id.get()])
        .await
        .map_err(sql("delete a backup from the catalogue"))?;
    Ok(())
}

/// The result as the database reads it. PostgreSQL's texts hold no NUL, and a client program's last words may: they are
/// dropped, for the words' sake.
fn document(result: &BackupResult, action: &'static str) -> Result<Value, CatalogError> {
    let mut document = serde_json::to_value(result).map_err(|error| CatalogError::Decode {
        action,
        reason: format!("the result cannot be written as JSON: {error}"),
    })?;
    drop_nul(&mut document);
    Ok(document)
}

fn drop_nul(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|character| character != '\0'),
        Value::Array(values) => values.iter_mut().for_each(drop_nul),
        Value::Object(fields) => fields.values_mut().for_each(drop_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_dropped_wherever_it_stands() {
        let mut value = serde_json::json!({"a": "x\0y", "b": ["\0", {"c": "z\0"}], "d": 1});
        drop_nul(&mut value);
        assert_eq!(
            value,
            serde_json::json!({"a": "xy", "b": ["", {"c": "z"}], "d": 1})
        );
    }
}
