//! What backup servers find when they look at the files of their backups. Retention counts by it (trap 12b).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio_postgres::GenericClient;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::catalogue::backups::backup_files::BackupFiles;
use crate::catalogue::backups::expired::{numbers, of_catalogue_entry};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::{BckId, NodeId, ServerId};

/// What a look at a backup's files found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilesState {
    /// Every file is there, with its size.
    Whole,
    /// A file is missing or has another size, and the reason.
    Damaged(String),
    /// Nobody could look, and why: nothing is known.
    NotLookedAt(String),
}

impl FilesState {
    /// As `backup_catalog.files_state` has it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Damaged(_) => "damaged",
            Self::NotLookedAt(_) => "not looked at",
        }
    }

    /// What is wrong.
    pub fn problem(&self) -> Option<&str> {
        match self {
            Self::Whole => None,
            Self::Damaged(problem) | Self::NotLookedAt(problem) => Some(problem),
        }
    }
}

impl fmt::Display for FilesState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("its files are complete"),
            Self::Damaged(problem) => write!(f, "its files are damaged: {problem}"),
            Self::NotLookedAt(problem) => {
                write!(f, "its files could not be checked: {problem}")
            }
        }
    }
}

/// A backup whose files are to be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedFor {
    /// The entry.
    pub id: BckId,
    /// The node whose directory has its files.
    pub node: NodeId,
    /// Its run; `None` for rows of 1.x.
    pub run: Option<Uuid>,
    /// What it is a backup of.
    pub origin: Option<BackupOrigin>,
    /// Its files.
    pub files: BackupFiles,
    /// Bytes of the archive, where the row knows them.
    pub dump_size: Option<i64>,
    /// Bytes of the roles.
    pub roles_size: Option<i64>,
    /// Bytes of the database's settings.
    pub dbconfig_size: Option<i64>,
    /// The SHA-256 of its manifest.
    pub checksum: Option<String>,
    /// What the last look found, as the catalogue has it.
    pub known: Option<String>,
}

/// What a server has to look at before it claims any of these backups: those of its own that make others of the same
/// definitions expendable, those that stay only because nobody could look at them, and damaged ones that are to go.
pub async fn to_look_at(
    client: &impl GenericClient,
    server: ServerId,
    backups: &[BckId],
    as_of: DateTime<Utc>,
) -> Result<Vec<LookedFor>, CatalogError> {
    let listed = "backups_to_look_at($1, $2, $3)";
    let parameters: [&(dyn ToSql + Sync); 3] = [&numbers(backups), &server.get(), &as_of];
    looked_for(client, listed, &parameters).await
}

/// The backups that a function of the catalogue lists.
async fn looked_for(
    client: &impl GenericClient,
    listed: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<LookedFor>, CatalogError> {
    let action = "list the backups whose files are to be checked";
    let statement = format!(
        "SELECT c.bck_id, c.def_id, c.snapshot_id, c.pgsql_node_id, c.run_uuid, {}, c.pg_dump_file_size, \
                c.pg_dump_roles_file_size, c.pg_dump_dbconfig_file_size, c.checksum, c.files_state \
         FROM {listed} AS l JOIN backup_catalog AS c ON c.bck_id = l ORDER BY c.bck_id",
        of_catalogue_entry()
    );
    let rows = client
        .query(&statement, parameters)
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(LookedFor {
            id: BckId::new(row.get("bck_id")?),
            node: NodeId::new(row.get::<i32>("pgsql_node_id")?.into()),
            run: row.get("run_uuid")?,
            origin: row.origin()?,
            files: BackupFiles::read(row)?,
            dump_size: row.get("pg_dump_file_size")?,
            roles_size: row.get("pg_dump_roles_file_size")?,
            dbconfig_size: row.get("pg_dump_dbconfig_file_size")?,
            checksum: row.get("checksum")?,
            known: row.get("files_state")?,
        })
    })
}

/// Notes what was found at a time.
pub async fn record(
    client: &impl GenericClient,
    looked_at: DateTime<Utc>,
    found: &[(BckId, FilesState)],
) -> Result<(), CatalogError> {
    let (ids, states, problems) = columns(found);
    client
        .execute(
            "SELECT record_looks_at_files($1, $2, $3, $4)",
            &[&looked_at, &ids, &states, &problems],
        )
        .await
        .map_err(sql("record the state of the files of backups"))?;
    Ok(())
}

/// The backup behind which the daily look of a server continues, if one is due.
pub async fn begin(
    client: &impl GenericClient,
    server: ServerId,
    as_of: DateTime<Utc>,
) -> Result<Option<BckId>, CatalogError> {
    let action = "start the daily look at the files of backups";
    let row = client
        .query_one(
            "SELECT begin_look_at_files($1, $2) AS reached",
            &[&server.get(), &as_of],
        )
        .await
        .map_err(sql(action))?;
    let reached: Option<i64> = row.try_get("reached").map_err(sql(action))?;
    Ok(reached.map(BckId::new))
}

/// A look at all backups of a server is due with its next pass.
pub async fn hasten(client: &impl GenericClient, server: ServerId) -> Result<(), CatalogError> {
    client
        .execute("SELECT hasten_look_at_files($1)", &[&server.get()])
        .await
        .map_err(sql("request a check of the files of all backups"))?;
    Ok(())
}

/// The next backups of a daily look, in order of ID.
pub async fn next(
    client: &impl GenericClient,
    server: ServerId,
    after: BckId,
    at_most: i32,
) -> Result<Vec<LookedFor>, CatalogError> {
    let listed = "next_backups_to_look_at($1, $2, $3)";
    let parameters: [&(dyn ToSql + Sync); 3] = [&server.get(), &after.get(), &at_most];
    looked_for(client, listed, &parameters).await
}

/// Notes what a daily look found, and the backup behind which it continues.
pub async fn note(
    client: &impl GenericClient,
    server: ServerId,
    looked_at: DateTime<Utc>,
    found: &[(BckId, FilesState)],
    last: BckId,
) -> Result<(), CatalogError> {
    let (ids, states, problems) = columns(found);
    client
        .execute(
            "SELECT note_looks_at_files($1, $2, $3, $4, $5, $6)",
            &[
                &server.get(),
                &looked_at,
                &ids,
                &states,
                &problems,
                &last.get(),
            ],
        )
        .await
        .map_err(sql("record the results of the daily look"))?;
    Ok(())
}

/// The daily look has come to the last backup.
pub async fn end(
    client: &impl GenericClient,
    server: ServerId,
    as_of: DateTime<Utc>,
) -> Result<(), CatalogError> {
    client
        .execute("SELECT end_look_at_files($1, $2)", &[&server.get(), &as_of])
        .await
        .map_err(sql("record the end of the daily look"))?;
    Ok(())
}

/// What was found, column by column.
fn columns(found: &[(BckId, FilesState)]) -> (Vec<i64>, Vec<&str>, Vec<Option<String>>) {
    let ids = found.iter().map(|(id, _)| id.get()).collect();
    let states = found.iter().map(|(_, state)| state.code()).collect();
    // A name on disk may have any byte; PostgreSQL's text has none that is zero.
    let problems = found
        .iter()
        .map(|(_, state)| state.problem().map(|text| text.replace('\0', "\u{fffd}")))
        .collect();
    (ids, states, problems)
}
