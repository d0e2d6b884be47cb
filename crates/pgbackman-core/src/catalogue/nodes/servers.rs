//! Backup servers (`backup_server`).

use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::ids::ServerId;
use crate::domain::server::BackupServer;

/// How operators call what this module is about.
const KIND: &str = "Backup server";

/// Registers a backup server and gives it a copy of the default configuration. The database lower-cases the names.
pub async fn register(
    client: &impl GenericClient,
    hostname: &str,
    domain: &str,
    remarks: &str,
) -> Result<BackupServer, CatalogError> {
    let action = "register this backup server";
    let row = client
        .query_one(
            "SELECT register_backup_server($1, $2, 'RUNNING', $3)",
            &[&hostname, &domain, &remarks],
        )
        .await
        .map_err(sql(action))?;
    let id: i32 = row.try_get(0).map_err(sql(action))?;
    by_id(client, ServerId::new(id)).await
}

/// Replaces a backup server's remarks.
pub async fn update_remarks(
    client: &impl GenericClient,
    id: ServerId,
    remarks: &str,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT update_backup_server($1, $2)",
            &[&id.get(), &remarks],
        )
        .await
        .map_err(sql("update this backup server"))?;
    Ok(())
}

/// Deletes a backup server; refused by foreign keys while definitions or catalogue entries of it exist.
pub async fn delete(client: &impl GenericClient, id: ServerId) -> Result<(), CatalogError> {
    client
        .execute("SELECT delete_backup_server($1)", &[&id.get()])
        .await
        .map_err(sql("delete this backup server"))?;
    Ok(())
}

/// Every backup server, in order of ID.
pub async fn list(client: &impl GenericClient) -> Result<Vec<BackupServer>, CatalogError> {
    let action = "list the backup servers";
    let rows = client
        .query(
            "SELECT server_id, hostname, domain_name, status, remarks FROM backup_server ORDER BY server_id",
            &[],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, server)
}

/// The backup server with this ID.
pub async fn by_id(
    client: &impl GenericClient,
    id: ServerId,
) -> Result<BackupServer, CatalogError> {
    let action = "read a backup server";
    let row = client
        .query_opt(
            "SELECT server_id, hostname, domain_name, status, remarks FROM backup_server WHERE server_id = $1",
            &[&id.get()],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound { kind: KIND, value: id.to_string() })?;
    server(&Reader::new(&row, action))
}

/// The backup server an operator means: its ID, or its FQDN in any case.
pub async fn resolve(
    client: &impl GenericClient,
    text: &str,
) -> Result<BackupServer, CatalogError> {
    if let Ok(id) = text.parse::<ServerId>() {
        return by_id(client, id).await;
    }
    let action = "look up a backup server";
    let row = client
        .query_opt(
            "SELECT server_id, hostname, domain_name, status, remarks FROM backup_server WHERE lower(fqdn) = lower($1)",
            &[&text],
        )
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound { kind: KIND, value: text.to_owned() })?;
    server(&Reader::new(&row, action))
}

/// The backup server that has this name already, as a registration would store it.
pub async fn registered(
    client: &impl GenericClient,
    hostname: &str,
    domain: &str,
) -> Result<Option<BackupServer>, CatalogError> {
    let action = "look up a backup server";
    let row = client
        .query_opt(
            "SELECT server_id, hostname, domain_name, status, remarks FROM backup_server \
             WHERE hostname = stored_hostname($1) AND domain_name = stored_domain($1, $2)",
            &[&hostname, &domain],
        )
        .await
        .map_err(sql(action))?;
    row.map(|row| server(&Reader::new(&row, action)))
        .transpose()
}

fn server(row: &Reader<'_>) -> Result<BackupServer, CatalogError> {
    Ok(BackupServer {
        id: ServerId::new(row.get("server_id")?),
        hostname: row.get("hostname")?,
        domain: row.get("domain_name")?,
        status: row.parse("status")?,
        remarks: row.get::<Option<String>>("remarks")?.unwrap_or_default(),
    })
}
