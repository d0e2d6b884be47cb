//! Deleting backup definitions, with or without their backups.

use tokio_postgres::{GenericClient, Row};

use super::super::error::{CatalogError, sql};
use super::super::rows::Reader;
use crate::domain::ids::{BckId, DefId, NodeId, RestoreDefId, SnapshotId};

/// Completes "could not …".
const ACTION: &str = "delete this backup job definition";

/// The statement for the [`Consequences`] of deleting the definitions that a query selects.
macro_rules! consequences_of {
    ($query:literal) => {
        concat!(
            "WITH chosen AS (",
            $query,
            ") SELECT (SELECT count(*) FROM chosen) AS definitions, \
               (SELECT count(*) FROM backup_catalog AS c WHERE c.def_id IN (SELECT def_id FROM chosen)) AS backups, \
               ARRAY(SELECT restores_that_keep_definitions(ARRAY(SELECT def_id FROM chosen))) AS restores, \
               ARRAY(SELECT c.bck_id FROM backup_catalog AS c WHERE c.def_id IN (SELECT def_id FROM chosen) \
                         AND c.pinned_until > now() ORDER BY c.bck_id) AS kept"
        )
    };
}

/// Whether a deletion also takes the backups along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Refused while the catalogue holds backups of it, or a run of it is in progress.
    Plain,
    /// The backups' files wait in `catalog_entries_to_delete` for maintenance.
    Forced,
}

/// What a forced deletion would take along, or would be refused for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequences {
    /// How many definitions there are.
    pub definitions: i64,
    /// How many backups of them the catalogue holds.
    pub backups: i64,
    /// Restores that wait or run and need one of these backups; while there are any, the deletion is refused.
    pub restores: Vec<RestoreDefId>,
    /// Backups of it that an operator keeps (`keep_backup`); while there are any, the deletion is refused.
    pub kept: Vec<BckId>,
}

/// Deletes a definition.
pub async fn delete(
    client: &impl GenericClient,
    id: DefId,
    deletion: Deletion,
) -> Result<(), CatalogError> {
    let statement = match deletion {
        Deletion::Plain => "SELECT delete_backup_definition_id($1)",
        Deletion::Forced => "SELECT delete_force_backup_definition_id($1)",
    };
    client
        .execute(statement, &[&id.get()])
        .await
        .map_err(sql(ACTION))?;
    Ok(())
}

/// Deletes all definitions of a database; how many there were comes back.
pub async fn delete_by_dbname(
    client: &impl GenericClient,
    node: NodeId,
    dbname: &str,
    deletion: Deletion,
) -> Result<i64, CatalogError> {
    let statement = match deletion {
        Deletion::Plain => "SELECT delete_backup_definition_dbname($1, $2)",
        Deletion::Forced => "SELECT delete_force_backup_definition_dbname($1, $2)",
    };
    let row = client
        .query_one(statement, &[&node.get(), &dbname])
        .await
        .map_err(sql(ACTION))?;
    row.try_get(0).map_err(sql(ACTION))
}

/// The definitions of a database.
pub async fn ids_of_dbname(
    client: &impl GenericClient,
    node: NodeId,
    dbname: &str,
) -> Result<Vec<DefId>, CatalogError> {
    let action = "look up backup definitions";
    let rows = client
        .query(
            "SELECT def_id FROM backup_definition WHERE pgsql_node_id = $1::bigint AND dbname = $2 ORDER BY def_id",
            &[&node.get(), &dbname],
        )
        .await
        .map_err(sql(action))?;
    rows.iter()
        .map(|row| Ok(DefId::new(row.try_get(0).map_err(sql(action))?)))
        .collect()
}

/// What deleting a definition by force would do.
pub async fn consequences(
    client: &impl GenericClient,
    id: DefId,
) -> Result<Consequences, CatalogError> {
    let row = client
        .query_one(
            consequences_of!("SELECT d.def_id FROM backup_definition AS d WHERE d.def_id = $1"),
            &[&id.get()],
        )
        .await
        .map_err(sql(ACTION))?;
    read(&row)
}

/// What deleting all definitions of a database by force would do.
pub async fn consequences_by_dbname(
    client: &impl GenericClient,
    node: NodeId,
    dbname: &str,
) -> Result<Consequences, CatalogError> {
    let row = client
        .query_one(
            consequences_of!(
                "SELECT d.def_id FROM backup_definition AS d WHERE d.pgsql_node_id = $1::bigint AND d.dbname = $2"
            ),
            &[&node.get(), &dbname],
        )
        .await
        .map_err(sql(ACTION))?;
    read(&row)
}

/// What deleting a snapshot definition by force would do.
pub async fn consequences_of_snapshot(
    client: &impl GenericClient,
    id: SnapshotId,
) -> Result<Consequences, CatalogError> {
    let row = client
        .query_one(
            "SELECT (SELECT count(*) FROM snapshot_definition AS s WHERE s.snapshot_id = $1) AS definitions, \
                    (SELECT count(*) FROM backup_catalog AS c WHERE c.snapshot_id = $1) AS backups, \
                    ARRAY(SELECT r.restore_def FROM restore_definition AS r JOIN backup_catalog AS c USING (bck_id) \
                          WHERE c.snapshot_id = $1 \
                            AND c.bck_id IN (SELECT needed FROM backups_needed_by_restores(now()) AS needed) \
                          ORDER BY r.restore_def) AS restores, \
                    ARRAY(SELECT c.bck_id FROM backup_catalog AS c \
                          WHERE c.snapshot_id = $1 AND c.pinned_until > now() ORDER BY c.bck_id) AS kept",
            &[&id.get()],
        )
        .await
        .map_err(sql("delete this snapshot definition"))?;
    read(&row)
}

fn read(row: &Row) -> Result<Consequences, CatalogError> {
    let row = Reader::new(row, ACTION);
    let restores: Vec<i64> = row.get("restores")?;
    let kept: Vec<i64> = row.get("kept")?;
    Ok(Consequences {
        definitions: row.get("definitions")?,
        backups: row.get("backups")?,
        restores: restores.into_iter().map(RestoreDefId::new).collect(),
        kept: kept.into_iter().map(BckId::new).collect(),
    })
}
