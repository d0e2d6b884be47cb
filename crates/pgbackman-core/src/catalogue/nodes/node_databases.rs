//! Which databases the nodes have, as maintenance has seen them, and which of them nobody backs up.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::NodeId;

/// A database of a RUNNING node without a definition of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndefinedDatabase {
    /// The node.
    pub node: NodeId,
    /// Its FQDN.
    pub node_fqdn: String,
    /// Its port.
    pub port: u16,
    /// The database's name.
    pub dbname: String,
    /// Since when it has been seen without interruption.
    pub first_seen: DateTime<Utc>,
    /// When it was last seen, to about ten minutes.
    pub last_seen: DateTime<Utc>,
    /// Whether an ACTIVE definition of code CLUSTER backs up the whole node.
    pub in_cluster_backup: bool,
}

/// Notes what a node has: it was asked, and is the cluster it was. Templates are left out by the caller.
pub async fn note(
    client: &impl GenericClient,
    node: NodeId,
    names: &[String],
    as_of: DateTime<Utc>,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT note_node_databases($1, $2, $3)",
            &[&node.get(), &names, &as_of],
        )
        .await
        .map_err(sql("record the databases of a PgSQL node"))?;
    Ok(())
}

/// The databases without a definition, in order of node and name; `postgres` is one of them where it has none.
pub async fn without_definition(
    client: &impl GenericClient,
) -> Result<Vec<UndefinedDatabase>, CatalogError> {
    let action = "list the databases without a backup definition";
    let rows = client
        .query(
            "SELECT pgsql_node_id, pgsql_node, pgport, dbname, first_seen, last_seen, in_cluster_backup \
             FROM databases_without_definition ORDER BY pgsql_node_id, dbname",
            &[],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(UndefinedDatabase {
            node: NodeId::new(row.get("pgsql_node_id")?),
            node_fqdn: row.get("pgsql_node")?,
            port: row.unsigned::<i32, u16>("pgport")?,
            dbname: row.get("dbname")?,
            first_seen: row.get("first_seen")?,
            last_seen: row.get("last_seen")?,
            in_cluster_backup: row.get("in_cluster_backup")?,
        })
    })
}
