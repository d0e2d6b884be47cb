//! Clones (`clone_definition`): databases that are copied from node to node, by a snapshot and the restore that the
//! database registers when the snapshot has succeeded (`sql/functions/85_clones.sql`).

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::domain::ids::{CloneId, NodeId, ServerId};

/// How long a clone's snapshot is kept: for a restore that failed and is tried again. One that waits or runs keeps it.
pub const SNAPSHOT_RETENTION: &str = "1 day";

/// One database of a clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClonedDatabase {
    /// Its name on the source.
    pub dbname: String,
    /// Its name on the target.
    pub target_dbname: String,
    /// The name that an existing database of the target's name gets.
    pub renamed_dbname: Option<String>,
}

/// Clones that an operator registers together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClones {
    /// The backup server that takes the snapshots and restores them.
    pub server: ServerId,
    /// The source.
    pub node: NodeId,
    /// The target.
    pub target: NodeId,
    /// The databases.
    pub databases: Vec<ClonedDatabase>,
    /// When the snapshots are taken, to the minute.
    pub at_time: DateTime<Utc>,
    /// Additional words for the restores.
    pub extra_parameters: String,
}

/// Registers the clones with their snapshots, all or none, in the order given.
pub async fn register_all(
    client: &impl GenericClient,
    new: &NewClones,
) -> Result<Vec<CloneId>, CatalogError> {
    let action = "register this clone";
    let names = |name: fn(&ClonedDatabase) -> &str| -> Vec<&str> {
        new.databases.iter().map(name).collect()
    };
    let renamed: Vec<Option<&str>> = new
        .databases
        .iter()
        .map(|database| database.renamed_dbname.as_deref())
        .collect();
    let rows = client
        .query(
            "SELECT register_clone($1, $2, d.dbname, $3, d.target_dbname, d.renamed_dbname, $4, $5, $6::text::interval) \
             FROM unnest($7::text[], $8::text[], $9::text[]) WITH ORDINALITY \
                  AS d (dbname, target_dbname, renamed_dbname, position) \
             ORDER BY d.position",
            &[
                &new.server.get(),
                &new.node.get(),
                &new.target.get(),
                &new.at_time,
                &new.extra_parameters,
                &SNAPSHOT_RETENTION,
                &names(|database| &database.dbname),
                &names(|database| &database.target_dbname),
                &renamed,
            ],
        )
        .await
        .map_err(sql(action))?;
    rows.iter()
        .map(|row| Ok(CloneId::new(row.try_get(0).map_err(sql(action))?)))
        .collect()
}

/// How many clones ended before a time.
pub async fn ended(
    client: &impl GenericClient,
    before: DateTime<Utc>,
) -> Result<i64, CatalogError> {
    client
        .query_one("SELECT ended_clones($1)", &[&before])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql("count the clones that have ended"))
}

/// Forgets clones that ended before a time; what they copied stays. Returns how many.
pub async fn forget_ended(
    client: &impl GenericClient,
    before: DateTime<Utc>,
) -> Result<i64, CatalogError> {
    client
        .query_one("SELECT forget_ended_clones($1)", &[&before])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql("delete clones that have ended"))
}
