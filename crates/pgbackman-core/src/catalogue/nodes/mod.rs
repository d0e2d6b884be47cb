//! PgSQL nodes (`pgsql_node`), and beside them backup servers ([`servers`]) with the settings of both ([`config_params`]).

pub mod config_params;
pub mod missing_databases;
mod node_config;
pub mod node_databases;
mod server_config;
pub mod servers;
pub mod time_zones;
mod values;
pub mod windows;

use tokio_postgres::{GenericClient, Row};

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::ids::NodeId;
use crate::domain::node::PgsqlNode;
use crate::domain::status::ServerStatus;

/// How operators call what this module is about.
const KIND: &str = "PgSQL node";

/// What an operator registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNode {
    /// Host name without the domain, an IP address, or a socket directory.
    pub hostname: String,
    /// Domain; empty for a name that takes none.
    pub domain: String,
    /// TCP port, or the number in a socket's name.
    pub port: u16,
    /// The role that takes backups.
    pub admin_user: String,
    /// Whether its jobs run.
    pub status: ServerStatus,
    /// The operator's remarks.
    pub remarks: String,
}

/// What an operator may change of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeChange {
    /// The new port.
    pub port: u16,
    /// The new role that takes backups.
    pub admin_user: String,
    /// The new status; RUNNING and STOPPED start and stop all its definitions.
    pub status: ServerStatus,
    /// The new remarks.
    pub remarks: String,
}

/// Registers a node and gives it a copy of the default configuration. The database lower-cases host names and domains
/// (not socket directories).
pub async fn register(
    client: &impl GenericClient,
    node: &NewNode,
) -> Result<PgsqlNode, CatalogError> {
    let action = "register this PgSQL node";
    let row = client
        .query_one(
            "SELECT register_pgsql_node($1, $2, $3, $4, $5, $6)",
            &[
                &node.hostname,
                &node.domain,
                &i32::from(node.port),
                &node.admin_user,
                &node.status.as_str(),
                &node.remarks,
            ],
        )
        .await
        .map_err(sql(action))?;
    let id: i64 = row.try_get(0).map_err(sql(action))?;
    by_id(client, NodeId::new(id)).await
}

/// Changes a node. The crontabs of all backup servers that have definitions of it follow through the queue.
pub async fn update(
    client: &impl GenericClient,
    id: NodeId,
    change: &NodeChange,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT update_pgsql_node($1, $2, $3, $4, $5)",
            &[
                &id.get(),
                &i32::from(change.port),
                &change.admin_user,
                &change.status.as_str(),
                &change.remarks,
            ],
        )
        .await
        .map_err(sql("update this PgSQL node"))?;
    Ok(())
}

/// Notes which cluster answered under a node's name and of which major release it is. Changes nothing that jobs depend
/// on, so nothing is queued.
pub async fn record_seen(
    client: &impl GenericClient,
    id: NodeId,
    system_identifier: &str,
    major: &str,
) -> Result<(), CatalogError> {
    client
        .execute(
            "UPDATE pgsql_node SET system_identifier = $2, pg_version = $3 WHERE node_id = $1 \
             AND (system_identifier, pg_version) IS DISTINCT FROM ($2, $3::text)",
            &[&id.get(), &system_identifier, &major],
        )
        .await
        .map_err(sql("record the system identifier of a PgSQL node"))?;
    Ok(())
}

/// Deletes a node; refused by foreign keys while definitions or catalogue entries of it exist. What backup servers
/// have to clean up then waits in `pgsql_node_to_delete`.
pub async fn delete(client: &impl GenericClient, id: NodeId) -> Result<(), CatalogError> {
    client
        .execute("SELECT delete_pgsql_node($1)", &[&id.get()])
        .await
        .map_err(sql("delete this PgSQL node"))?;
    Ok(())
}

/// Every node, in order of ID.
pub async fn list(client: &impl GenericClient) -> Result<Vec<PgsqlNode>, CatalogError> {
    let action = "list the PgSQL nodes";
    let rows = client
        .query(
            "SELECT node_id, hostname, domain_name, pgport, admin_user, status, window_until, remarks, system_identifier \
             FROM pgsql_node ORDER BY node_id",
            &[],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, node)
}

/// The node with this ID.
pub async fn by_id(client: &impl GenericClient, id: NodeId) -> Result<PgsqlNode, CatalogError> {
    let action = "read a PgSQL node";
    let row = client
        .query_opt(
            "SELECT node_id, hostname, domain_name, pgport, admin_user, status, window_until, remarks, system_identifier \
             FROM pgsql_node WHERE node_id = $1",
            &[&id.get()],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound { kind: KIND, value: id.to_string() })?;
    node(&Reader::new(&row, action))
}

/// The node an operator means: its ID, its FQDN, or `fqdn:port`. Two nodes may share an FQDN; the name alone is then
/// [`CatalogError::Ambiguous`] (trap 15b). Host names compare in any case, socket directories exactly.
pub async fn resolve(client: &impl GenericClient, text: &str) -> Result<PgsqlNode, CatalogError> {
    if let Ok(id) = text.parse::<NodeId>() {
        return by_id(client, id).await;
    }
    let action = "look up a PgSQL node";
    let rows = client
        .query(
            "SELECT node_id, hostname, domain_name, pgport, admin_user, status, window_until, remarks, system_identifier \
             FROM pgsql_node \
             WHERE $1 IN (fqdn, fqdn || ':' || pgport) \
                OR (left(fqdn, 1) <> '/' AND lower($1) IN (lower(fqdn), lower(fqdn) || ':' || pgport, \
                    '[' || lower(fqdn) || ']', '[' || lower(fqdn) || ']:' || pgport)) \
             ORDER BY node_id",
            &[&text],
        )
        .await
        .map_err(sql(action))?;
    the_one(&rows, action, text)
}

/// The node that has this name and port already, as a registration would store them.
pub async fn registered(
    client: &impl GenericClient,
    hostname: &str,
    domain: &str,
    port: u16,
) -> Result<Option<PgsqlNode>, CatalogError> {
    let action = "look up a PgSQL node";
    let row = client
        .query_opt(
            "SELECT node_id, hostname, domain_name, pgport, admin_user, status, window_until, remarks, system_identifier \
             FROM pgsql_node \
             WHERE hostname = stored_hostname($1) AND domain_name = stored_domain($1, $2) AND pgport = $3",
            &[&hostname, &domain, &i32::from(port)],
        )
        .await
        .map_err(sql(action))?;
    row.map(|row| node(&Reader::new(&row, action))).transpose()
}

/// The only row, or the reason why there is not exactly one.
fn the_one(rows: &[Row], action: &'static str, text: &str) -> Result<PgsqlNode, CatalogError> {
    let mut found = read_all(rows, action, node)?;
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(CatalogError::NotFound {
            kind: KIND,
            value: text.to_owned(),
        }),
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            found.push(last);
            let name =
                |node: &PgsqlNode| format!("{}:{} (NodeID {})", node.fqdn(), node.port, node.id);
            Err(CatalogError::Ambiguous {
                kind: KIND,
                value: text.to_owned(),
                candidates: found.iter().map(name).collect(),
            })
        }
    }
}

/// Reads a row with the columns of `pgsql_node`.
pub(super) fn node(row: &Reader<'_>) -> Result<PgsqlNode, CatalogError> {
    Ok(PgsqlNode {
        id: NodeId::new(row.get("node_id")?),
        hostname: row.get("hostname")?,
        domain: row.get("domain_name")?,
        port: row.unsigned::<i32, u16>("pgport")?,
        admin_user: row.get("admin_user")?,
        status: row.parse("status")?,
        window_until: row.get("window_until")?,
        remarks: row.get::<Option<String>>("remarks")?.unwrap_or_default(),
        system_identifier: row.get("system_identifier")?,
    })
}
