//! The configuration of backup servers and nodes: rows of parameter and value, and the typed structures over them.

use std::collections::BTreeMap;
use std::fmt::Display;

use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{NodeId, ServerId};

pub use crate::catalogue::nodes::node_config::NodeConfig;
pub use crate::catalogue::nodes::server_config::ServerConfig;

/// One row of a configuration table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigParameter {
    /// Its name (`retention_period`).
    pub parameter: String,
    /// Its value, as text.
    pub value: String,
    /// What it is for.
    pub description: String,
}

/// A backup server's configuration.
pub async fn server_config(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<ServerConfig, CatalogError> {
    let rows = server_parameters(client, server).await?;
    require("Backup server", &server, &rows)?;
    ServerConfig::from_parameters(&values(rows))
}

/// A node's configuration.
pub async fn node_config(
    client: &impl GenericClient,
    node: NodeId,
) -> Result<NodeConfig, CatalogError> {
    let rows = node_parameters(client, node).await?;
    require("PgSQL node", &node, &rows)?;
    NodeConfig::from_parameters(&values(rows))
}

/// The rows of a backup server, in order of name.
pub async fn server_parameters(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<ConfigParameter>, CatalogError> {
    let action = "read the configuration of a backup server";
    let rows = client
        .query(
            "SELECT parameter, value, description FROM backup_server_config WHERE server_id = $1 ORDER BY parameter",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, parameter)
}

/// The rows of a node, in order of name.
pub async fn node_parameters(
    client: &impl GenericClient,
    node: NodeId,
) -> Result<Vec<ConfigParameter>, CatalogError> {
    let action = "read the configuration of a PgSQL node";
    let rows = client
        .query(
            "SELECT parameter, value, description FROM pgsql_node_config WHERE node_id = $1 ORDER BY parameter",
            &[&node.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, parameter)
}

/// What a backup server gets when it is registered.
pub async fn server_defaults(
    client: &impl GenericClient,
) -> Result<Vec<ConfigParameter>, CatalogError> {
    let action = "read the default configuration of backup servers";
    let rows = client
        .query("SELECT parameter, value, description FROM backup_server_default_config ORDER BY parameter", &[])
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, parameter)
}

/// What a node gets when it is registered; `%%pgnode%%` becomes its ID then.
pub async fn node_defaults(
    client: &impl GenericClient,
) -> Result<Vec<ConfigParameter>, CatalogError> {
    let action = "read the default configuration of PgSQL nodes";
    let rows = client
        .query("SELECT parameter, value, description FROM pgsql_node_default_config ORDER BY parameter", &[])
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, parameter)
}

/// Sets parameters of a backup server, all or none; an unknown parameter is refused with the known ones.
pub async fn update_server(
    client: &impl GenericClient,
    server: ServerId,
    changes: &[(String, String)],
) -> Result<(), CatalogError> {
    let (names, values) = split(changes);
    client
        .execute(
            "SELECT set_backup_server_config($1, $2, $3)",
            &[&server.get(), &names, &values],
        )
        .await
        .map_err(sql("update the configuration of this backup server"))?;
    Ok(())
}

/// Sets parameters of a node, all or none; an unknown parameter or a value that its kind does not allow is refused.
pub async fn update_node(
    client: &impl GenericClient,
    node: NodeId,
    changes: &[(String, String)],
) -> Result<(), CatalogError> {
    let (names, values) = split(changes);
    client
        .execute(
            "SELECT set_pgsql_node_config($1, $2, $3)",
            &[&node.get(), &names, &values],
        )
        .await
        .map_err(sql("update the configuration of this PgSQL node"))?;
    Ok(())
}

fn parameter(row: &crate::catalogue::rows::Reader<'_>) -> Result<ConfigParameter, CatalogError> {
    Ok(ConfigParameter {
        parameter: row.get("parameter")?,
        value: row.get("value")?,
        description: row
            .get::<Option<String>>("description")?
            .unwrap_or_default(),
    })
}

fn values(rows: Vec<ConfigParameter>) -> BTreeMap<String, String> {
    rows.into_iter()
        .map(|row| (row.parameter, row.value))
        .collect()
}

fn split(changes: &[(String, String)]) -> (Vec<&str>, Vec<&str>) {
    changes
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .unzip()
}

/// A server or node without a single parameter does not exist.
fn require(
    kind: &'static str,
    id: &impl Display,
    rows: &[ConfigParameter],
) -> Result<(), CatalogError> {
    if rows.is_empty() {
        return Err(CatalogError::NotFound {
            kind,
            value: id.to_string(),
        });
    }
    Ok(())
}
