//! The marks of the directories that backups are in ([`crate::handoff::directory_mark`]), as the catalogue has them.

use std::path::{Path, PathBuf};

use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{NodeId, ServerId};

/// The mark that a directory was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryMark {
    /// The node.
    pub node: NodeId,
    /// The directory.
    pub path: PathBuf,
    /// What was written into it.
    pub mark: Uuid,
}

/// The marks of all directories of a backup server.
pub async fn of_server(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<DirectoryMark>, CatalogError> {
    let action = "list the marker files of backup directories";
    let rows = client
        .query(
            "SELECT pgsql_node_id, path, mark FROM backup_directory_mark WHERE backup_server_id = $1 ORDER BY 1, 2",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(DirectoryMark {
            node: NodeId::new(row.get("pgsql_node_id")?),
            path: row.get::<String>("path")?.into(),
            mark: row.get("mark")?,
        })
    })
}

/// The mark of one directory.
pub async fn of_directory(
    client: &impl GenericClient,
    server: ServerId,
    node: NodeId,
    path: &Path,
) -> Result<Option<Uuid>, CatalogError> {
    let action = "read the marker of a backup directory";
    let row = client
        .query_opt(
            "SELECT mark FROM backup_directory_mark WHERE backup_server_id = $1 AND pgsql_node_id = $2 AND path = $3",
            &[&server.get(), &node.get(), &path.to_string_lossy()],
        )
        .await
        .map_err(sql(action))?;
    row.map(|row| row.try_get(0).map_err(sql(action)))
        .transpose()
}

/// Some archives that should be below a node's directory: the oldest and the newest, at most `at_most` of each.
pub async fn expected_below(
    client: &impl GenericClient,
    server: ServerId,
    node: NodeId,
    directory: &Path,
    at_most: i32,
) -> Result<Vec<PathBuf>, CatalogError> {
    let action = "list the backups that a directory should contain";
    let rows = client
        .query(
            "SELECT path FROM backups_expected_below($1, $2, $3, $4)",
            &[
                &server.get(),
                &node.get(),
                &directory.to_string_lossy(),
                &at_most,
            ],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        row.get::<String>("path").map(PathBuf::from)
    })
}

/// A directory has this mark from now on.
pub async fn record(
    client: &impl GenericClient,
    server: ServerId,
    found: &DirectoryMark,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT record_directory_mark($1, $2, $3, $4)",
            &[
                &server.get(),
                &found.node.get(),
                &found.path.to_string_lossy(),
                &found.mark,
            ],
        )
        .await
        .map_err(sql("record the marker file of a backup directory"))?;
    Ok(())
}
