//! What there is of backups, queues and runs.

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use super::{FilesTotals, Parameters, Scope, files};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::ServerId;
use crate::domain::status::ExecutionStatus;

/// The backups of a node on a backup server that ended in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupTotals {
    /// The backup server's name.
    pub server_fqdn: String,
    /// The node's name and port, `fqdn:port`.
    pub node: String,
    /// How they ended.
    pub status: ExecutionStatus,
    /// How many there are.
    pub count: u64,
    /// All their files together.
    pub bytes: u64,
}

/// What waits for a backup server's control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTotals {
    /// The backup server's name.
    pub server_fqdn: String,
    /// How many entries wait.
    pub length: u64,
    /// How long the first of them has waited, in seconds.
    pub oldest_seconds: u64,
}

/// Runs that continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTotals {
    /// The backup server's name.
    pub server_fqdn: String,
    /// `backup`, `snapshot` or `restore`.
    pub kind: String,
    /// How many.
    pub count: u64,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// By server, node and status.
    pub backups: Vec<BackupTotals>,
    /// By server, also where nothing waits.
    pub queues: Vec<QueueTotals>,
    /// By server and kind.
    pub runs: Vec<RunTotals>,
    /// Kept backups by how their files were found.
    pub files: Vec<FilesTotals>,
    /// Databases of RUNNING nodes that nobody backs up, by node (`fqdn:port`).
    pub uncovered: Vec<(String, u64)>,
}

/// A statement for each.
pub async fn totals(client: &impl GenericClient) -> Result<Totals, CatalogError> {
    Ok(Totals {
        backups: backups(client).await?,
        queues: waiting_jobs(client, &Scope::default()).await?,
        runs: runs(client).await?,
        files: files(client, &Scope::default()).await?,
        uncovered: uncovered(client).await?,
    })
}

async fn backups(client: &impl GenericClient) -> Result<Vec<BackupTotals>, CatalogError> {
    let action = "count the backups";
    let rows = client
        .query(
            "SELECT s.fqdn AS server_fqdn, n.fqdn || ':' || n.pgport AS node, c.execution_status, c.count, c.bytes \
             FROM ( \
                 SELECT backup_server_id, pgsql_node_id, execution_status, count(*) AS count, \
                     sum(coalesce(pg_dump_file_size, 0) + coalesce(pg_dump_roles_file_size, 0) \
                         + coalesce(pg_dump_dbconfig_file_size, 0))::bigint AS bytes \
                 FROM backup_catalog WHERE execution_status IS NOT NULL \
                 GROUP BY backup_server_id, pgsql_node_id, execution_status \
             ) AS c \
             JOIN backup_server AS s ON s.server_id = c.backup_server_id \
             JOIN pgsql_node AS n ON n.node_id = c.pgsql_node_id \
             ORDER BY 1, 2, 3",
            &[],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(BackupTotals {
            server_fqdn: row.get("server_fqdn")?,
            node: row.get("node")?,
            status: row.parse("execution_status")?,
            count: row.unsigned::<i64, u64>("count")?,
            bytes: row.unsigned::<i64, u64>("bytes")?,
        })
    })
}

/// The job queue of the servers of a scope; of a node, only what waits for it.
pub async fn waiting_jobs(
    client: &impl GenericClient,
    scope: &Scope,
) -> Result<Vec<QueueTotals>, CatalogError> {
    let action = "count the waiting jobs";
    let rows = client
        .query(
            "SELECT s.fqdn AS server_fqdn, count(q.id) AS length, \
                 coalesce(greatest(extract(epoch FROM now() - min(q.registered)), 0), 0)::bigint AS oldest_seconds \
             FROM backup_server AS s \
             LEFT JOIN job_queue AS q ON q.backup_server_id = s.server_id \
                 AND ($2::bigint IS NULL OR q.pgsql_node_id = $2) \
                 AND ($3::bigint IS NULL OR EXISTS ( \
                     SELECT FROM backup_definition AS d WHERE d.def_id = $3 \
                       AND d.backup_server_id = q.backup_server_id AND d.pgsql_node_id = q.pgsql_node_id)) \
             WHERE $1::integer IS NULL OR s.server_id = $1 \
             GROUP BY s.server_id, s.fqdn ORDER BY s.fqdn",
            &Parameters::from(scope).all(),
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(QueueTotals {
            server_fqdn: row.get("server_fqdn")?,
            length: row.unsigned::<i64, u64>("length")?,
            oldest_seconds: row.unsigned::<i64, u64>("oldest_seconds")?,
        })
    })
}

async fn runs(client: &impl GenericClient) -> Result<Vec<RunTotals>, CatalogError> {
    let action = "count the runs in progress";
    let rows = client
        .query(
            "SELECT s.fqdn AS server_fqdn, k.kind, count(r.run_uuid) AS count \
             FROM backup_server AS s \
             CROSS JOIN (VALUES ('backup'), ('snapshot'), ('restore')) AS k (kind) \
             LEFT JOIN run_in_progress AS r ON r.backup_server_id = s.server_id AND k.kind = \
                 CASE WHEN r.def_id IS NOT NULL THEN 'backup' WHEN r.snapshot_id IS NOT NULL THEN 'snapshot' ELSE 'restore' END \
             GROUP BY s.server_id, s.fqdn, k.kind ORDER BY s.fqdn, k.kind",
            &[],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(RunTotals {
            server_fqdn: row.get("server_fqdn")?,
            kind: row.get("kind")?,
            count: row.unsigned::<i64, u64>("count")?,
        })
    })
}

async fn uncovered(client: &impl GenericClient) -> Result<Vec<(String, u64)>, CatalogError> {
    let action = "count the databases without a backup definition";
    let rows = client
        .query(
            "SELECT n.fqdn || ':' || n.pgport AS node, count(d.dbname) AS count \
             FROM pgsql_node AS n \
             LEFT JOIN databases_without_definition AS d ON d.pgsql_node_id = n.node_id AND NOT d.in_cluster_backup \
             WHERE n.status = 'RUNNING' GROUP BY n.node_id, n.fqdn, n.pgport ORDER BY 1",
            &[],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok((row.get("node")?, row.unsigned::<i64, u64>("count")?))
    })
}

/// The servers that work for a scope: the one asked for, or those with definitions of the node, or that of the definition.
pub async fn servers_of(
    client: &impl GenericClient,
    scope: &Scope,
) -> Result<Vec<ServerId>, CatalogError> {
    let action = "find the backup servers";
    let rows = client
        .query(
            "SELECT s.server_id FROM backup_server AS s \
             WHERE ($1::integer IS NULL OR s.server_id = $1) \
               AND (($2::bigint IS NULL AND $3::bigint IS NULL) OR EXISTS ( \
                   SELECT FROM backup_definition AS d WHERE d.backup_server_id = s.server_id \
                     AND ($2::bigint IS NULL OR d.pgsql_node_id = $2) AND ($3::bigint IS NULL OR d.def_id = $3))) \
             ORDER BY s.server_id",
            &Parameters::from(scope).all(),
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(ServerId::new(row.get("server_id")?))
    })
}

/// The time by the catalogue's clock, by which everything in it is judged.
pub async fn now(client: &impl GenericClient) -> Result<DateTime<Utc>, CatalogError> {
    client
        .query_one("SELECT now()", &[])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql("read the catalogue's clock"))
}
