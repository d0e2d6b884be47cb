//! Files whose rows are gone already, or never were: what forced deletions left, results without a definition, logs of
//! restores. Each has a row of its own that goes after the files.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::catalogue::backups::backup_files::{self, BackupFiles};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::{BckId, NodeId, ServerId};

/// Files of a backup whose definition was deleted with force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForcedDeletion {
    /// `del_id`.
    pub id: i64,
    /// What it was a backup of.
    pub origin: Option<BackupOrigin>,
    /// The entry it was.
    pub backup: BckId,
    /// The node; rows of 1.x do not know it.
    pub node: Option<NodeId>,
    /// The files.
    pub files: BackupFiles,
}

/// A result that arrived after its definition was deleted, and whose quarantine is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// `orphan_id`.
    pub id: i64,
    /// Its run.
    pub run: Uuid,
    /// What it was a backup of.
    pub origin: Option<BackupOrigin>,
    /// The node.
    pub node: NodeId,
    /// The database.
    pub dbname: String,
    /// The end of the quarantine.
    pub delete_after: DateTime<Utc>,
    /// The files.
    pub files: BackupFiles,
}

/// The log of a restore that is no longer in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreLog {
    /// `del_id`.
    pub id: i64,
    /// The file.
    pub path: Option<PathBuf>,
}

/// What forced deletions left to a server, in order of ID, after `after`.
pub async fn forced(
    client: &impl GenericClient,
    server: ServerId,
    after: i64,
    at_most: i64,
) -> Result<Vec<ForcedDeletion>, CatalogError> {
    let action = "list the files of deleted backups";
    let statement = format!(
        "SELECT del_id, def_id, snapshot_id, bck_id, pgsql_node_id, {} FROM catalog_entries_to_delete \
         WHERE backup_server_id = $1 AND del_id > $2 ORDER BY del_id LIMIT $3",
        backup_files::COLUMNS
    );
    let rows = client
        .query(&statement, &[&server.get(), &after, &at_most])
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(ForcedDeletion {
            id: row.get("del_id")?,
            origin: row.origin()?,
            backup: BckId::new(row.get("bck_id")?),
            node: row.get::<Option<i64>>("pgsql_node_id")?.map(NodeId::new),
            files: BackupFiles::read(row)?,
        })
    })
}

/// The files of forced deletions are gone.
pub async fn forget_forced(client: &impl GenericClient, ids: &[i64]) -> Result<(), CatalogError> {
    client
        .execute(
            "DELETE FROM catalog_entries_to_delete WHERE del_id = ANY ($1)",
            &[&ids],
        )
        .await
        .map_err(sql("delete the list of files of deleted backups"))?;
    Ok(())
}

/// Results without a definition whose quarantine is over, in order of ID, after `after`.
pub async fn orphans(
    client: &impl GenericClient,
    server: ServerId,
    as_of: DateTime<Utc>,
    after: i64,
    at_most: i64,
) -> Result<Vec<Orphan>, CatalogError> {
    let action = "list the results whose definition has been deleted";
    let statement = format!(
        "SELECT orphan_id, run_uuid, def_id, snapshot_id, pgsql_node_id, dbname, delete_after, {} FROM orphaned_result \
         WHERE backup_server_id = $1 AND delete_after < $2 AND orphan_id > $3 ORDER BY orphan_id LIMIT $4",
        backup_files::COLUMNS
    );
    let rows = client
        .query(&statement, &[&server.get(), &as_of, &after, &at_most])
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(Orphan {
            id: row.get("orphan_id")?,
            run: row.get("run_uuid")?,
            origin: row.origin()?,
            node: NodeId::new(row.get("pgsql_node_id")?),
            dbname: row.get("dbname")?,
            delete_after: row.get("delete_after")?,
            files: BackupFiles::read(row)?,
        })
    })
}

/// The files of orphaned results are gone. Late copies of them do not bring them back.
pub async fn forget_orphans(client: &impl GenericClient, ids: &[i64]) -> Result<(), CatalogError> {
    client
        .execute(
            "WITH gone AS (DELETE FROM orphaned_result WHERE orphan_id = ANY ($1) RETURNING run_uuid) \
             INSERT INTO deleted_run (run_uuid) SELECT run_uuid FROM gone ON CONFLICT (run_uuid) DO NOTHING",
            &[&ids],
        )
        .await
        .map_err(sql("delete results whose definition has been deleted"))?;
    Ok(())
}

/// Logs of restores that are no longer in the catalogue, in order of ID, after `after`.
pub async fn restore_logs(
    client: &impl GenericClient,
    server: ServerId,
    after: i64,
    at_most: i64,
) -> Result<Vec<RestoreLog>, CatalogError> {
    let action = "list the logs of deleted restores";
    let rows = client
        .query(
            "SELECT del_id, nullif(restore_log_file, 'None') AS restore_log_file FROM restore_logs_to_delete \
             WHERE backup_server_id = $1 AND del_id > $2 ORDER BY del_id LIMIT $3",
            &[&server.get(), &after, &at_most],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(RestoreLog {
            id: row.get("del_id")?,
            path: row
                .get::<Option<String>>("restore_log_file")?
                .map(PathBuf::from),
        })
    })
}

/// The logs of restores are gone.
pub async fn forget_restore_logs(
    client: &impl GenericClient,
    ids: &[i64],
) -> Result<(), CatalogError> {
    client
        .execute(
            "DELETE FROM restore_logs_to_delete WHERE del_id = ANY ($1)",
            &[&ids],
        )
        .await
        .map_err(sql("delete the list of logs of deleted restores"))?;
    Ok(())
}

/// How many runs that were deleted before a time are remembered.
pub async fn deleted_runs(
    client: &impl GenericClient,
    before: DateTime<Utc>,
) -> Result<i64, CatalogError> {
    let action = "count the deleted runs";
    client
        .query_one(
            "SELECT count(*) FROM deleted_run WHERE deleted < $1",
            &[&before],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql(action))
}

/// Forgets runs that were deleted before a time. Returns how many.
pub async fn forget_deleted_runs(
    client: &impl GenericClient,
    before: DateTime<Utc>,
) -> Result<i64, CatalogError> {
    let action = "delete the records of deleted runs";
    client
        .query_one("SELECT forget_deleted_runs($1)", &[&before])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql(action))
}

/// Every directory in which a node may have backups on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupDirectory {
    /// The node.
    pub node: NodeId,
    /// The directory, as it is or was configured.
    pub path: PathBuf,
    /// Whether the node is still in the catalogue.
    pub node_exists: bool,
    /// Whether it is the directory that the node has now: new backups go there.
    pub is_current: bool,
}

/// The backup directories of all nodes, present and former, and of deleted nodes that a server has not cleaned up after.
pub async fn backup_directories(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<BackupDirectory>, CatalogError> {
    let action = "list the backup directories of PgSQL nodes";
    let rows = client
        .query(
            "SELECT node_id, value AS path, true AS node_exists, true AS is_current FROM pgsql_node_config \
             WHERE parameter = 'pgnode_backup_partition' \
             UNION SELECT pgsql_node_id, path, true, false FROM former_backup_directory \
             UNION SELECT g.pgsql_node_id, p.path, false, false FROM pgsql_node_to_delete AS g \
                   CROSS JOIN LATERAL unnest(g.pgnode_backup_partition || g.former_backup_partitions) AS p (path) \
                   WHERE g.backup_server_id = $1 AND p.path IS NOT NULL \
             ORDER BY 1, 2",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(BackupDirectory {
            node: NodeId::new(row.get("node_id")?),
            path: row.get::<String>("path")?.into(),
            node_exists: row.get("node_exists")?,
            is_current: row.get("is_current")?,
        })
    })
}

/// Whether the catalogue names a file of a backup of this server and node in a directory, or one that is to be deleted.
pub async fn names_files_in(
    client: &impl GenericClient,
    server: ServerId,
    directory: &BackupDirectory,
) -> Result<bool, CatalogError> {
    let path = directory.path.to_string_lossy();
    client
        .query_one(
            include_str!("names_files_in.sql"),
            &[&server.get(), &directory.node.get(), &path],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql("check whether a former directory has backups"))
}
