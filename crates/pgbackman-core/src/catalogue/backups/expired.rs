//! Backups that have outlived their retention: listed, claimed, and deleted when their files are gone (trap 12).
//!
//! A claim (`deleting_since`) is made under locks and judges again. From then on the backup counts no longer, nobody can
//! keep or restore it, and a pass that comes after a crash completes what was begun.

use chrono::{DateTime, Utc};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

use crate::catalogue::backups::backup_files::{self, BackupFiles};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::{BckId, DefId, NodeId, ServerId, SnapshotId};

/// Why a backup is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// Its period is over, and nothing else keeps it.
    Period {
        /// The period, a PostgreSQL interval.
        period: String,
        /// When it was over.
        ended: DateTime<Utc>,
        /// How many SUCCEEDED backups of the definition are newer; `None` for a snapshot.
        newer_succeeded: Option<i64>,
    },
    /// An earlier pass began to delete it.
    Begun {
        /// When.
        since: DateTime<Utc>,
    },
}

/// A backup that is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredBackup {
    /// The entry.
    pub id: BckId,
    /// What it is a backup of.
    pub origin: BackupOrigin,
    /// The node whose directory has its files.
    pub node: NodeId,
    /// The database.
    pub dbname: String,
    /// When it was finished.
    pub finished: Option<DateTime<Utc>>,
    /// Its run; `None` for rows of 1.x.
    pub run: Option<Uuid>,
    /// Its files.
    pub files: BackupFiles,
    /// Why it goes.
    pub expiry: Expiry,
}

/// Where a list continues: after this definition's backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct After {
    /// `def_id`; 0 before the first.
    pub definition: i64,
    /// `bck_id`; 0 before the first.
    pub backup: i64,
}

/// Backups of a server whose deletion was begun, in order of ID, after `after`.
pub async fn begun(
    client: &impl GenericClient,
    server: ServerId,
    after: i64,
    at_most: i64,
) -> Result<Vec<ExpiredBackup>, CatalogError> {
    let action = "list the backups that are being deleted";
    let statement = format!(
        "SELECT bck_id, def_id, snapshot_id, pgsql_node_id, dbname, finished, run_uuid, {}, deleting_since \
         FROM backup_catalog WHERE backup_server_id = $1 AND deleting_since IS NOT NULL AND bck_id > $2 \
         ORDER BY bck_id LIMIT $3",
        backup_files::COLUMNS
    );
    let rows = client
        .query(&statement, &[&server.get(), &after, &at_most])
        .await
        .map_err(sql(action))?;
    read(&rows, action, |row| {
        Ok(Expiry::Begun {
            since: row.get("deleting_since")?,
        })
    })
}

/// Backups of a server's definitions that nothing keeps, in order of definition and ID, after `after`.
pub async fn of_definitions(
    client: &impl GenericClient,
    server: ServerId,
    as_of: DateTime<Utc>,
    after: After,
    at_most: i32,
) -> Result<Vec<ExpiredBackup>, CatalogError> {
    let action = "list the expired backups";
    let statement = format!(
        "SELECT c.bck_id, c.def_id, c.snapshot_id, c.pgsql_node_id, c.dbname, c.finished, c.run_uuid, {}, \
                e.retention_period, e.period_ends, e.newer_succeeded \
         FROM expired_backups($1, $2, $3, $4, $5) AS e JOIN backup_catalog AS c ON c.bck_id = e.bck_id \
         ORDER BY c.def_id, c.bck_id",
        backup_files::COLUMNS
    );
    let rows = client
        .query(
            &statement,
            &[
                &server.get(),
                &as_of,
                &after.definition,
                &after.backup,
                &at_most,
            ],
        )
        .await
        .map_err(sql(action))?;
    read(&rows, action, |row| {
        Ok(Expiry::Period {
            period: row.get("retention_period")?,
            ended: row.get("period_ends")?,
            newer_succeeded: Some(row.get("newer_succeeded")?),
        })
    })
}

/// Backups of a server's snapshots that nothing keeps, in order of ID, after `after`.
pub async fn of_snapshots(
    client: &impl GenericClient,
    server: ServerId,
    as_of: DateTime<Utc>,
    after: i64,
    at_most: i64,
) -> Result<Vec<ExpiredBackup>, CatalogError> {
    let action = "list the expired snapshots";
    let statement = format!(
        "SELECT c.bck_id, c.def_id, c.snapshot_id, c.pgsql_node_id, c.dbname, c.finished, c.run_uuid, {}, \
                s.retention_period::text AS retention_period, \
                coalesce(c.finished, c.registered) + s.retention_period AS period_ends \
         FROM snapshots_past_retention($2) AS s JOIN backup_catalog AS c ON c.bck_id = s.bck_id \
         WHERE c.backup_server_id = $1 AND c.bck_id > $3 ORDER BY c.bck_id LIMIT $4",
        of_catalogue_entry()
    );
    let rows = client
        .query(&statement, &[&server.get(), &as_of, &after, &at_most])
        .await
        .map_err(sql(action))?;
    read(&rows, action, |row| {
        Ok(Expiry::Period {
            period: row.get("retention_period")?,
            ended: row.get("period_ends")?,
            newer_succeeded: None,
        })
    })
}

/// Backups by their IDs, with the end of their period; not those that are being deleted.
pub async fn by_ids(
    client: &impl GenericClient,
    backups: &[BckId],
    as_of: DateTime<Utc>,
) -> Result<Vec<ExpiredBackup>, CatalogError> {
    let action = "read backups";
    let statement = format!(
        "SELECT c.bck_id, c.def_id, c.snapshot_id, c.pgsql_node_id, c.dbname, c.finished, c.run_uuid, {}, \
                period.length::text AS retention_period, \
                coalesce(c.finished, c.registered) + period.length AS period_ends, r.newer_succeeded \
         FROM backup_catalog AS c \
         LEFT JOIN backup_definition AS d ON d.def_id = c.def_id \
         LEFT JOIN snapshot_definition AS s ON s.snapshot_id = c.snapshot_id \
         CROSS JOIN LATERAL coalesce(d.retention_period, s.retention_period) AS period (length) \
         LEFT JOIN LATERAL definition_retention(c.def_id, $2, c.backup_server_id) AS r ON r.bck_id = c.bck_id \
         WHERE c.bck_id = ANY ($1) AND c.deleting_since IS NULL ORDER BY c.bck_id",
        of_catalogue_entry()
    );
    let rows = client
        .query(&statement, &[&numbers(backups), &as_of])
        .await
        .map_err(sql(action))?;
    read(&rows, action, |row| {
        Ok(Expiry::Period {
            period: row.get("retention_period")?,
            ended: row.get("period_ends")?,
            newer_succeeded: row.get("newer_succeeded")?,
        })
    })
}

/// Claims a server's backups for deletion, as far as they are still to go. Returns those that were claimed.
///
/// `seen`: the backups whose files were found whole just now ([`crate::catalogue::backups::file_looks::to_look_at`]). Of a definition of which another one
/// makes backups expendable nothing is claimed.
pub async fn claim(
    client: &impl GenericClient,
    server: ServerId,
    backups: &[BckId],
    as_of: DateTime<Utc>,
    seen: &[BckId],
) -> Result<Vec<BckId>, CatalogError> {
    let action = "claim backups for deletion";
    let rows = client
        .query(
            "SELECT claimed FROM claim_expired_backups($1, $2, $3, $4) AS claimed ORDER BY claimed",
            &[&numbers(backups), &as_of, &server.get(), &numbers(seen)],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| row.get("claimed").map(BckId::new))
}

/// Gives claims up, of backups whose files have not been touched.
pub async fn release(client: &impl GenericClient, backups: &[BckId]) -> Result<(), CatalogError> {
    client
        .execute("SELECT release_claimed_backups($1)", &[&numbers(backups)])
        .await
        .map_err(sql("release the backups that were claimed for deletion"))?;
    Ok(())
}

/// Claims one backup because an operator deletes it: the next pass of maintenance on its server deletes its files, then its entry.
///
/// # Errors
/// When anything but its period keeps it, or it shares files with a backup that stays.
pub async fn delete_by_operator(
    client: &impl GenericClient,
    backup: BckId,
) -> Result<(), CatalogError> {
    client
        .execute("SELECT delete_backup($1)", &[&backup.get()])
        .await
        .map_err(sql("delete this backup"))?;
    Ok(())
}

/// Deletes the entries of claimed backups, whose files are gone. Returns how many.
pub async fn delete_claimed(
    client: &impl GenericClient,
    backups: &[BckId],
) -> Result<i64, CatalogError> {
    let action = "delete backups from the catalogue";
    let row = client
        .query_one("SELECT delete_claimed_backups($1)", &[&numbers(backups)])
        .await
        .map_err(sql(action))?;
    row.try_get(0).map_err(sql(action))
}

/// The columns of the files, of the table that a statement calls `c`.
pub(super) fn of_catalogue_entry() -> String {
    let columns: Vec<String> = backup_files::COLUMNS
        .split(", ")
        .map(|column| format!("c.{column}"))
        .collect();
    columns.join(", ")
}

pub(super) fn numbers(backups: &[BckId]) -> Vec<i64> {
    backups.iter().map(|id| id.get()).collect()
}

fn read(
    rows: &[Row],
    action: &'static str,
    expiry: impl Fn(&Reader<'_>) -> Result<Expiry, CatalogError>,
) -> Result<Vec<ExpiredBackup>, CatalogError> {
    read_all(rows, action, |row| {
        let snapshot = row.get::<Option<i64>>("snapshot_id")?;
        Ok(ExpiredBackup {
            id: BckId::new(row.get("bck_id")?),
            origin: match snapshot {
                Some(id) => BackupOrigin::Snapshot(SnapshotId::new(id)),
                None => BackupOrigin::Definition(DefId::new(row.get("def_id")?)),
            },
            node: NodeId::new(row.get::<i32>("pgsql_node_id")?.into()),
            dbname: row.get("dbname")?,
            finished: row.get("finished")?,
            run: row.get("run_uuid")?,
            files: BackupFiles::read(row)?,
            expiry: expiry(row)?,
        })
    })
}
