//! What the runs of all definitions have been, for reports: also of backups that retention has deleted since.

use std::collections::BTreeMap;
use std::pin::Pin;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::{Stream, TryStreamExt as _};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, GenericClient, IsolationLevel, Transaction};

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::ids::{DefId, NodeId, ServerId};
use crate::domain::schedule::Schedule;
use crate::domain::status::{BackupCode, ExecutionStatus, JobStatus};

/// Which definitions are reported on; `None` does not restrict.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Any of these backup servers.
    pub servers: Option<Vec<ServerId>>,
    /// Any of these PgSQL nodes.
    pub nodes: Option<Vec<NodeId>>,
}

impl Scope {
    pub(super) fn ids(&self) -> (Option<Vec<i32>>, Option<Vec<i64>>) {
        let servers = self
            .servers
            .as_ref()
            .map(|ids| ids.iter().map(|id| id.get()).collect());
        let nodes = self
            .nodes
            .as_ref()
            .map(|ids| ids.iter().map(|id| id.get()).collect());
        (servers, nodes)
    }
}

/// A definition with the names of what it belongs to.
#[derive(Debug, Clone)]
pub struct ReportedDefinition {
    /// Its ID.
    pub id: DefId,
    /// When it was registered or last changed, or its node became RUNNING: what it should have done before that is not known.
    pub due_since: DateTime<Utc>,
    /// The backup server.
    pub server: ServerId,
    /// Its FQDN.
    pub server_fqdn: String,
    /// The node.
    pub node: NodeId,
    /// Its FQDN.
    pub node_fqdn: String,
    /// Its port.
    pub port: i32,
    /// The database; empty for CLUSTER.
    pub dbname: String,
    /// The schedule, where it is one that cron takes.
    pub schedule: Option<Schedule>,
    /// The five fields as they are in the catalogue.
    pub schedule_text: String,
    /// What is backed up.
    pub code: BackupCode,
    /// Whether cron should start it: it is ACTIVE, and its node RUNNING.
    pub is_scheduled: bool,
    /// Its status.
    pub status: JobStatus,
    /// When a run of it that continues has begun.
    pub running_since: Option<DateTime<Utc>>,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedRun {
    /// Of this definition.
    pub definition: DefId,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub finished: DateTime<Utc>,
    /// How.
    pub status: ExecutionStatus,
    /// What its files take or took, bytes.
    pub bytes: u64,
    /// Why it did not succeed: the beginning.
    pub message: Option<String>,
}

/// Begins a transaction in which everything is of one moment, and nothing is changed.
pub async fn one_moment(client: &mut Client) -> Result<Transaction<'_>, CatalogError> {
    client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(sql("read the catalogue"))
}

/// All definitions, in order of ID.
pub async fn definitions(
    client: &impl GenericClient,
    scope: &Scope,
) -> Result<Vec<ReportedDefinition>, CatalogError> {
    let action = "list the backup definitions to report on";
    let (servers, nodes) = scope.ids();
    let rows = client
        .query(
            include_str!("run_history_definitions.sql"),
            &[&servers, &nodes],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        let fields: Vec<String> = row.get("fields")?;
        let texts: Vec<&str> = fields.iter().map(String::as_str).collect();
        let schedule = <[&str; 5]>::try_from(texts.as_slice())
            .ok()
            .and_then(|fields| Schedule::parse(fields).ok());
        Ok(ReportedDefinition {
            id: DefId::new(row.get("def_id")?),
            due_since: row.get("due_since")?,
            server: ServerId::new(row.get("server_id")?),
            server_fqdn: row.get("server_fqdn")?,
            node: NodeId::new(row.get("node_id")?),
            node_fqdn: row.get("node_fqdn")?,
            port: row.get("pgport")?,
            dbname: row.get("dbname")?,
            schedule,
            schedule_text: fields.join(" "),
            code: row.parse("backup_code")?,
            is_scheduled: row.get("is_scheduled")?,
            status: row.parse("job_status")?,
            running_since: row.get("running_since")?,
        })
    })
}

/// The runs of these definitions that have begun since a moment, in order of definition and beginning, as they come.
///
/// # Errors
/// What the catalogue says; also later, from the stream.
pub async fn runs(
    client: &impl GenericClient,
    scope: &Scope,
    since: DateTime<Utc>,
) -> Result<Pin<Box<dyn Stream<Item = Result<EndedRun, CatalogError>> + Send>>, CatalogError> {
    let action = "read the history of the backups";
    let (servers, nodes) = scope.ids();
    let parameters: [&(dyn ToSql + Sync); 3] = [&since, &servers, &nodes];
    let rows = client
        .query_raw(include_str!("run_history_runs.sql"), parameters)
        .await
        .map_err(sql(action))?;
    Ok(Box::pin(rows.map_err(sql(action)).and_then(
        move |row| async move {
            let row = Reader::new(&row, action);
            Ok(EndedRun {
                definition: DefId::new(row.get("def_id")?),
                started: row.get("started")?,
                finished: row.get("finished")?,
                status: row.parse("execution_status")?,
                bytes: row.unsigned::<i64, u64>("bytes")?,
                message: row.get("message")?,
            })
        },
    )))
}

/// When the first backup of these definitions began that is remembered.
pub async fn first_run(
    client: &impl GenericClient,
    scope: &Scope,
) -> Result<Option<DateTime<Utc>>, CatalogError> {
    let action = "find the first backup";
    let (servers, nodes) = scope.ids();
    let row = client
        .query_one(include_str!("run_history_first.sql"), &[&servers, &nodes])
        .await
        .map_err(sql(action))?;
    row.try_get(0).map_err(sql(action))
}

/// What the backups of a server or on a disk take (`disk_space`).
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// The backup server.
    pub server_fqdn: String,
    /// The file system; none for the whole server.
    pub path: Option<String>,
    /// How many backups.
    pub backups: i64,
    /// What they take, bytes.
    pub used: f64,
    /// What retention frees of it within a week, bytes.
    pub within_week: f64,
    /// What retention frees of it within 30 days, bytes.
    pub within_month: f64,
    /// How much more it becomes a day, bytes.
    pub growth: Option<f64>,
    /// The size of the file systems, bytes.
    pub bytes: Option<f64>,
    /// What is free on them, bytes.
    pub free: Option<f64>,
    /// In how many days it is full at that rate.
    pub days_left: Option<f64>,
    /// What was free day by day, bytes; of a disk.
    pub history: Vec<(NaiveDate, f64)>,
}

/// Servers and their disks, in order of name.
pub async fn space(
    client: &impl GenericClient,
    scope: &Scope,
    since: DateTime<Utc>,
) -> Result<Vec<Space>, CatalogError> {
    let action = "read the space that the backups use";
    let (servers, _) = scope.ids();
    let rows = client
        .query(
            "SELECT r.backup_server_id, s.fqdn, r.path, r.backups, r.used::float8, r.within_week::float8, \
                    r.within_month::float8, r.growth::float8, r.bytes::float8, r.free::float8, r.days_left::float8 \
             FROM disk_space($1, now()) AS r JOIN backup_server AS s ON s.server_id = r.backup_server_id \
             WHERE r.level IN ('SERVER', 'DISK') ORDER BY s.fqdn, s.server_id, r.path NULLS FIRST",
            &[&servers],
        )
        .await
        .map_err(sql(action))?;
    let mut history: BTreeMap<(i32, String), Vec<(NaiveDate, f64)>> = BTreeMap::new();
    let days = client
        .query(
            "SELECT backup_server_id, path, day, free_bytes::float8 FROM backup_partition_space_history \
             WHERE day >= $1::timestamptz::date ORDER BY day",
            &[&since],
        )
        .await
        .map_err(sql(action))?;
    for row in &days {
        let row = Reader::new(row, action);
        let key = (row.get("backup_server_id")?, row.get("path")?);
        let day = (row.get("day")?, row.get("free_bytes")?);
        history.entry(key).or_default().push(day);
    }
    read_all(&rows, action, |row| {
        let path: Option<String> = row.get("path")?;
        let server: i32 = row.get("backup_server_id")?;
        Ok(Space {
            server_fqdn: row.get("fqdn")?,
            history: path
                .clone()
                .and_then(|path| history.get(&(server, path)).cloned())
                .unwrap_or_default(),
            path,
            backups: row.get("backups")?,
            used: row.get("used")?,
            within_week: row.get("within_week")?,
            within_month: row.get("within_month")?,
            growth: row.get("growth")?,
            bytes: row.get("bytes")?,
            free: row.get("free")?,
            days_left: row.get("days_left")?,
        })
    })
}
