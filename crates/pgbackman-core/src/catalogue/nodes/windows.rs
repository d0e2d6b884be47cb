//! Maintenance windows: a node is STOPPED until a time, and then RUNNING by itself.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::domain::ids::NodeId;

/// Begins a window, or changes the one there is.
///
/// # Errors
/// When the time has passed or is more than 30 days ahead, or an operator has stopped the node.
pub async fn start(
    client: &impl GenericClient,
    node: NodeId,
    until: DateTime<Utc>,
    reason: &str,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT start_maintenance_window($1, $2, $3)",
            &[&node.get(), &until, &reason],
        )
        .await
        .map_err(sql("start a maintenance window of this PgSQL node"))?;
    Ok(())
}

/// Ends a window before its time.
///
/// # Errors
/// When the node has none.
pub async fn end(client: &impl GenericClient, node: NodeId) -> Result<(), CatalogError> {
    client
        .execute("SELECT end_maintenance_window($1)", &[&node.get()])
        .await
        .map_err(sql("end the maintenance window of this PgSQL node"))?;
    Ok(())
}
