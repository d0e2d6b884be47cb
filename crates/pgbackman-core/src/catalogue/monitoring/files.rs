//! How the files of kept backups were found.

use tokio_postgres::GenericClient;

use super::{Parameters, Scope};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{NodeId, ServerId};

/// The kept backups of a node on a backup server whose files were found alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesTotals {
    /// The backup server.
    pub server: ServerId,
    /// Its name.
    pub server_fqdn: String,
    /// The node.
    pub node_id: NodeId,
    /// The node's name and port, `fqdn:port`.
    pub node: String,
    /// `whole`, `damaged`, `not looked at`; `not yet` before the first look.
    pub files: String,
    /// How many there are.
    pub count: u64,
}

/// The kept backups of a scope that can be restored, by how their files were found.
pub async fn files(
    client: &impl GenericClient,
    scope: &Scope,
) -> Result<Vec<FilesTotals>, CatalogError> {
    let action = "count the states of the files of backups";
    let rows = client
        .query(
            "SELECT s.server_id, s.fqdn AS server_fqdn, n.node_id, n.fqdn || ':' || n.pgport AS node, coalesce(c.files_state, 'not yet') AS files, c.count \
             FROM ( \
                 SELECT backup_server_id, pgsql_node_id, files_state, count(*) AS count FROM backup_catalog \
                 WHERE execution_status IN ('SUCCEEDED', 'WARNING') AND deleting_since IS NULL \
                   AND ($1::integer IS NULL OR backup_server_id = $1) AND ($2::bigint IS NULL OR pgsql_node_id = $2) \
                   AND ($3::bigint IS NULL OR def_id = $3) \
                 GROUP BY backup_server_id, pgsql_node_id, files_state \
             ) AS c \
             JOIN backup_server AS s ON s.server_id = c.backup_server_id \
             JOIN pgsql_node AS n ON n.node_id = c.pgsql_node_id \
             ORDER BY s.fqdn, node, files",
            &Parameters::from(scope).all(),
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(FilesTotals {
            server: ServerId::new(row.get("server_id")?),
            node_id: NodeId::new(row.get("node_id")?),
            server_fqdn: row.get("server_fqdn")?,
            node: row.get("node")?,
            files: row.get("files")?,
            count: row.unsigned::<i64, u64>("count")?,
        })
    })
}
