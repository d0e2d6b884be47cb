//! Files that several backups name: PgBackMan 1.x gave two runs of a definition within a second the same names (trap 29b).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::backups::expired::numbers;
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{BckId, ServerId};

/// A file of a backup that is also another one's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedFile {
    /// The backup.
    pub backup: BckId,
    /// The other one, on the same backup server.
    pub other: BckId,
    /// One of the files that both name.
    pub path: PathBuf,
    /// Whether the other one is being deleted.
    pub other_is_going: bool,
    /// Whether nothing keeps the other one any more.
    pub other_is_to_go: bool,
}

/// The files of these backups that other entries of the catalogue name, too.
pub async fn of_backups(
    client: &impl GenericClient,
    backups: &[BckId],
    as_of: DateTime<Utc>,
) -> Result<Vec<SharedFile>, CatalogError> {
    let action = "look up backups with the same files";
    let rows = client
        .query(
            "SELECT bck_id, other, path, other_is_going, other_is_to_go FROM backups_with_the_same_files($1, $2) \
             ORDER BY bck_id, other",
            &[&numbers(backups), &as_of],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(SharedFile {
            backup: BckId::new(row.get("bck_id")?),
            other: BckId::new(row.get("other")?),
            path: row.get::<String>("path")?.into(),
            other_is_going: row.get("other_is_going")?,
            other_is_to_go: row.get("other_is_to_go")?,
        })
    })
}

/// Those of these paths that entries of the catalogue name as files of a server's backups, with one such entry each.
pub async fn named(
    client: &impl GenericClient,
    server: ServerId,
    paths: &[&Path],
) -> Result<BTreeMap<PathBuf, BckId>, CatalogError> {
    let action = "look up the backups that files belong to";
    let texts: Vec<String> = paths
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    let rows = client
        .query(
            "SELECT path, bck_id FROM files_of_backups($1, $2)",
            &[&server.get(), &texts],
        )
        .await
        .map_err(sql(action))?;
    let found = read_all(&rows, action, |row| {
        Ok((
            PathBuf::from(row.get::<String>("path")?),
            BckId::new(row.get("bck_id")?),
        ))
    })?;
    Ok(found.into_iter().collect())
}
