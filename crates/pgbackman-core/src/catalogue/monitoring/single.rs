//! What monitoring asked PgBackMan 1.x: one value, or the list of what is to be watched.

use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::ids::{DefId, ServerId};
use crate::domain::status::ExecutionStatus;

/// An ACTIVE definition, as Zabbix discovers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The definition.
    pub id: DefId,
    /// Its node's name.
    pub node_fqdn: String,
    /// Its database; empty for CLUSTER.
    pub dbname: String,
}

/// The ACTIVE definitions of a backup server.
pub async fn active_definitions(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<Discovered>, CatalogError> {
    let action = "list the active backup definitions";
    let rows = client
        .query(
            "SELECT d.def_id, n.fqdn, d.dbname FROM backup_definition AS d \
             JOIN pgsql_node AS n ON n.node_id = d.pgsql_node_id \
             WHERE d.backup_server_id = $1 AND d.job_status = 'ACTIVE' ORDER BY d.def_id",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(Discovered {
            id: DefId::new(row.get("def_id")?),
            node_fqdn: row.get("fqdn")?,
            dbname: row.get("dbname")?,
        })
    })
}

/// How the last run of a definition ended, on one backup server or on any; `None`: nothing is known of one.
pub async fn last_status(
    client: &impl GenericClient,
    definition: DefId,
    server: Option<ServerId>,
) -> Result<Option<ExecutionStatus>, CatalogError> {
    let action = "read how the last backup ended";
    let row = client
        .query_opt(
            "SELECT execution_status FROM backup_catalog \
             WHERE def_id = $1 AND ($2::integer IS NULL OR backup_server_id = $2) AND execution_status IS NOT NULL \
             ORDER BY finished DESC NULLS LAST, bck_id DESC LIMIT 1",
            &[&definition.get(), &server.map(ServerId::get)],
        )
        .await
        .map_err(sql(action))?;
    row.map(|row| Reader::new(&row, action).parse("execution_status"))
        .transpose()
}
