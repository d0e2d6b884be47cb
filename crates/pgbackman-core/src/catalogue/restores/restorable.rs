//! A backup of the catalogue, as whoever restores it has to know it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::Reader;
use crate::domain::ids::{BckId, NodeId, ServerId};
use crate::domain::restore::backup_needs::BackupNeeds;
use crate::domain::restore::restore_check::{BackupFacts, FilesSeen};
use crate::domain::status::{BackupCode, ExecutionStatus};
use crate::domain::text::size::Size;

/// A backup and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorableBackup {
    /// `bck_id`.
    pub id: BckId,
    /// The backup server that has the files.
    pub server: ServerId,
    /// The PgSQL node that it was taken of.
    pub node: NodeId,
    /// When it ended.
    pub finished: Option<DateTime<Utc>>,
    /// What its files take, logs and manifest left out.
    pub size: Size,
    /// Every file that the catalogue names, logs left out.
    pub paths: Vec<PathBuf>,
    /// The roles file, where there is one.
    pub roles_file: Option<PathBuf>,
    /// The settings file, where there is one.
    pub settings_file: Option<PathBuf>,
    /// What is known of it; its files are [`FilesSeen::Elsewhere`] until somebody has looked.
    pub facts: BackupFacts,
}

/// The backup with this ID. Rows of 1.x call a CLUSTER's database `template1`.
pub async fn by_id(
    client: &impl GenericClient,
    id: BckId,
) -> Result<RestorableBackup, CatalogError> {
    let action = "read a backup of the catalogue";
    let row = client
        .query_opt(
            "SELECT c.bck_id, c.backup_server_id, c.pgsql_node_id, c.finished, c.dbname, \
                    coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0) \
                    + coalesce(c.pg_dump_dbconfig_file_size, 0) AS size, c.execution_status, nullif(c.error_message, '') AS error_message, \
                    coalesce(c.role_list, '{}') AS role_list, coalesce(c.pgsql_node_release, '') AS pgsql_node_release, \
                    coalesce(c.pg_dump_release, '') AS pg_dump_release, c.pg_dump_file, c.pg_dump_roles_file, \
                    c.pg_dump_dbconfig_file, c.manifest_file, c.run_context, \
                    CASE WHEN c.files_state = 'damaged' THEN concat(c.files_problem, ' (', date_trunc('second', c.files_looked_at), ')') END AS damage, \
                    coalesce(d.backup_code, sd.backup_code) AS backup_code \
             FROM backup_catalog AS c \
             LEFT JOIN backup_definition AS d ON d.def_id = c.def_id \
             LEFT JOIN snapshot_definition AS sd ON sd.snapshot_id = c.snapshot_id \
             WHERE c.bck_id = $1",
            &[&id.get()],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound { kind: "Backup", value: id.to_string() })?;
    backup(&Reader::new(&row, action))
}

/// How a backup stands among the others of its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Since when it is being deleted.
    pub deleting_since: Option<DateTime<Utc>>,
    /// Whether it is usable, and no other backup of its database is.
    pub is_the_only_one: bool,
}

/// How the backup with this ID stands among the others of its database.
pub async fn standing(client: &impl GenericClient, id: BckId) -> Result<Standing, CatalogError> {
    let action = "look at a backup of the catalogue";
    let row = client
        .query_opt(include_str!("restorable_others.sql"), &[&id.get()])
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound {
            kind: "Backup",
            value: id.to_string(),
        })?;
    let row = Reader::new(&row, action);
    Ok(Standing {
        deleting_since: row.get("deleting_since")?,
        is_the_only_one: row.get("is_the_only_one")?,
    })
}

/// The newest usable backup of a database: what an operator is told of it before it is restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewestBackup {
    /// `bck_id`.
    pub id: BckId,
    /// When it was finished.
    pub finished: DateTime<Utc>,
    /// What it contains.
    pub code: BackupCode,
    /// How its run ended: SUCCEEDED or WARNING.
    pub status: ExecutionStatus,
    /// What its files take, bytes.
    pub bytes: u64,
    /// The parameters it was taken with besides; they may have left something out.
    pub extra_parameters: String,
}

/// The newest usable backup with rows of a database (FULL, RDS), or of a whole node (CLUSTER, an empty name): not one that is known
/// to be damaged, nor one that is being deleted.
pub async fn newest_usable(
    client: &impl GenericClient,
    node: NodeId,
    dbname: &str,
) -> Result<Option<NewestBackup>, CatalogError> {
    let action = "look for the newest backup of a database";
    let row = client
        .query_opt(
            include_str!("restorable_newest.sql"),
            &[&node.get(), &dbname],
        )
        .await
        .map_err(sql(action))?;
    let Some(row) = row else {
        return Ok(None);
    };
    let row = Reader::new(&row, action);
    Ok(Some(NewestBackup {
        id: BckId::new(row.get("bck_id")?),
        finished: row.get("finished")?,
        code: row.parse("backup_code")?,
        status: row.parse("execution_status")?,
        bytes: row.unsigned::<i64, u64>("bytes")?,
        extra_parameters: row.get("extra_parameters")?,
    }))
}

fn backup(row: &Reader<'_>) -> Result<RestorableBackup, CatalogError> {
    let code: BackupCode = row.parse("backup_code")?;
    let manifest = row.path("manifest_file")?;
    let has_manifest = manifest.is_some();
    let mut paths = Vec::new();
    for column in [
        "pg_dump_file",
        "pg_dump_roles_file",
        "pg_dump_dbconfig_file",
    ] {
        paths.extend(row.path(column)?);
    }
    paths.extend(manifest);
    let context: Option<Value> = row.get("run_context")?;
    let dbname: String = row.get("dbname")?;
    Ok(RestorableBackup {
        id: BckId::new(row.get("bck_id")?),
        server: ServerId::new(row.get("backup_server_id")?),
        node: NodeId::new(row.get::<i32>("pgsql_node_id")?.into()),
        finished: row.get("finished")?,
        size: Size(row.unsigned::<i64, u64>("size")?),
        paths,
        roles_file: row.path("pg_dump_roles_file")?,
        settings_file: row.path("pg_dump_dbconfig_file")?,
        facts: BackupFacts {
            code,
            status: row.parse("execution_status")?,
            error_message: row.get("error_message")?,
            dbname: if code == BackupCode::Cluster {
                String::new()
            } else {
                dbname
            },
            roles: row.get("role_list")?,
            made_by: row.get::<&str>("pg_dump_release")?.parse().ok(),
            source: row.get::<&str>("pgsql_node_release")?.parse().ok(),
            files: FilesSeen::Elsewhere,
            damage: row.get("damage")?,
            has_manifest,
            needs: context.as_ref().and_then(BackupNeeds::from_context),
            contents: None,
        },
    })
}
