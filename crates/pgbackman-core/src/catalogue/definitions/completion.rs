//! What a shell offers while somebody types: IDs, each with a word about what has it, and names of databases.

use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::domain::ids::NodeId;

/// What is numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    /// Backups of the catalogue, by `BckID`.
    Backups,
    /// Backup definitions, by `DefID`.
    BackupDefinitions,
    /// Snapshot definitions, by `SnapshotID`.
    SnapshotDefinitions,
    /// Restores of the catalogue, by `RestoreID`.
    Restores,
    /// Backups and restores in progress, by `RunID`.
    RunsInProgress,
}

/// An ID and what has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The ID, without leading zeros.
    pub id: String,
    /// The database, the node, and what tells it from others: on one line unless a name has more.
    pub about: String,
}

/// The IDs that begin with these digits, the newest first, at most `most`.
pub async fn ids(
    client: &impl GenericClient,
    numbered: Numbered,
    digits: &str,
    most: i64,
) -> Result<Vec<Known>, CatalogError> {
    let rows = client
        .query(numbered.statement(), &[&digits, &most])
        .await
        .map_err(sql(ACTION))?;
    rows.iter()
        .map(|row| {
            Ok(Known {
                id: row.try_get(0).map_err(sql(ACTION))?,
                about: row.try_get(1).map_err(sql(ACTION))?,
            })
        })
        .collect()
}

/// The databases that have a definition or a backup, of one node or of all; the name of a whole node is left out.
pub async fn dbnames(
    client: &impl GenericClient,
    node: Option<NodeId>,
) -> Result<Vec<String>, CatalogError> {
    let rows = client
        .query(DBNAMES, &[&node.map(NodeId::get)])
        .await
        .map_err(sql(ACTION))?;
    rows.iter()
        .map(|row| row.try_get(0).map_err(sql(ACTION)))
        .collect()
}

impl Numbered {
    const fn statement(self) -> &'static str {
        match self {
            Self::Backups => {
                r#"SELECT bck_id::text, concat_ws(' ', nullif("DBname", ''), "PgSQL node",
                       to_char("Finished" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), "Status")
                   FROM show_backup_catalog WHERE starts_with(bck_id::text, $1)
                   ORDER BY "Finished" DESC NULLS LAST, bck_id DESC LIMIT $2"#
            }
            Self::BackupDefinitions => {
                r#"SELECT def_id::text, concat_ws(' ', nullif("DBname", ''), "PgSQL node", "Schedule", "Code", "Status")
                   FROM show_backup_definitions WHERE starts_with(def_id::text, $1) ORDER BY def_id DESC LIMIT $2"#
            }
            Self::SnapshotDefinitions => {
                r#"SELECT snapshot_id::text, concat_ws(' ', nullif("DBname", ''), "PgSQL node", "AT time", "Code", "Status")
                   FROM show_snapshot_definitions WHERE starts_with(snapshot_id::text, $1)
                   ORDER BY snapshot_id DESC LIMIT $2"#
            }
            Self::Restores => {
                r#"SELECT restore_id::text, concat_ws(' ', "Target DBname", "Target PgSQL node",
                       to_char("Finished" AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), "Status")
                   FROM show_restore_catalog WHERE starts_with(restore_id::text, $1)
                   ORDER BY restore_id DESC LIMIT $2"#
            }
            Self::RunsInProgress => {
                r#"SELECT run_id::text, concat_ws(' ', nullif(dbname, ''), node, kind, phase) FROM (
                       SELECT "RunID", "DBname", "PgSQL node", 'backup', "Phase" FROM show_backups_in_progress
                       UNION ALL
                       SELECT "RunID", "Target DBname", "Target PgSQL node", 'restore', "Phase" FROM show_restores_in_progress
                       WHERE "RunID" IS NOT NULL
                   ) AS runs (run_id, dbname, node, kind, phase)
                   WHERE starts_with(run_id::text, $1) ORDER BY run_id DESC LIMIT $2"#
            }
        }
    }
}

const DBNAMES: &str = "SELECT dbname FROM (
        SELECT dbname FROM backup_definition WHERE pgsql_node_id = $1::bigint OR $1 IS NULL
        UNION SELECT dbname FROM snapshot_definition WHERE pgsql_node_id = $1::bigint OR $1 IS NULL
        UNION SELECT dbname FROM backup_catalog WHERE pgsql_node_id = $1::bigint OR $1 IS NULL
    ) AS known WHERE dbname <> '' ORDER BY dbname";

/// Completes "could not …".
const ACTION: &str = "look up completions";
