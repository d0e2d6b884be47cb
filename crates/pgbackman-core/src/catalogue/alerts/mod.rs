//! Alerts (`alerts`, `alert_delivery`): raised once, sent once by each way, resolved once. What is judged comes from
//! [`alert_facts`]; [`heartbeats`] tells which daemons answer.

pub mod alert_facts;
pub mod heartbeats;

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::ids::{AlertId, BckId, NodeId, ServerId};
use crate::domain::status::{AlertChannel, AlertMessage, AlertType, ExecutionStatus};

/// Something that lasts, and is told as long as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What kind of thing.
    pub kind: AlertType,
    /// What it is about, as a key: told once at a time.
    pub subject: String,
    /// Since when; what began then or earlier is not told again when it has ended.
    pub since: DateTime<Utc>,
    /// The definition, server or node it is about (`ref_id`).
    pub reference: i64,
    /// The backup.
    pub backup: Option<BckId>,
    /// The backup server.
    pub server: ServerId,
    /// The node.
    pub node: Option<NodeId>,
    /// The database; empty where there is none.
    pub dbname: String,
    /// How bad it is.
    pub status: ExecutionStatus,
    /// What an operator reads.
    pub message: String,
}

/// A condition that has been raised and has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCondition {
    /// The alert.
    pub alert: AlertId,
    /// Its kind.
    pub kind: AlertType,
    /// The backup server.
    pub server: ServerId,
    /// What it is about.
    pub subject: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Raises an alert, unless it has been told. Returns it if it is new.
pub async fn raise(
    client: &impl GenericClient,
    condition: &Condition,
    as_of: DateTime<Utc>,
) -> Result<Option<AlertId>, CatalogError> {
    let action = "raise an alert";
    let alert: Option<i64> = client
        .query_one(
            "SELECT raise_alert($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &[
                &condition.kind.as_str(),
                &condition.subject,
                &condition.since,
                &condition.reference,
                &condition.backup.map(BckId::get),
                &condition.server.get(),
                &condition.node.map(NodeId::get),
                &condition.dbname,
                &condition.status.as_str(),
                &condition.message,
                &as_of,
            ],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql(action))?;
    Ok(alert.map(AlertId::new))
}

/// Notes that conditions have ended, each with how that is known.
pub async fn resolve(
    client: &impl GenericClient,
    ended: &[(AlertId, String)],
    as_of: DateTime<Utc>,
) -> Result<(), CatalogError> {
    let (ids, reasons): (Vec<i64>, Vec<&str>) = ended
        .iter()
        .map(|(id, reason)| (id.get(), reason.as_str()))
        .unzip();
    client
        .execute(
            "SELECT resolve_alerts($1, $2, $3)",
            &[&ids, &reasons, &as_of],
        )
        .await
        .map_err(sql("record that alerts have ended"))?;
    Ok(())
}

/// The conditions of these backup servers that are known to last, of the kinds that are judged from facts.
pub async fn open_conditions(
    client: &impl GenericClient,
    servers: &[ServerId],
) -> Result<Vec<OpenCondition>, CatalogError> {
    let action = "list the alerts that have not ended";
    let rows = client
        .query(
            "SELECT alert_id, alert_type, backup_server_id, condition, condition_since FROM alerts \
             WHERE resolved IS NULL AND condition IS NOT NULL AND alert_type <> 'PgSQL-node' \
               AND backup_server_id = ANY ($1) ORDER BY alert_id",
            &[&numbers(servers)],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(OpenCondition {
            alert: AlertId::new(row.get("alert_id")?),
            kind: row.parse("alert_type")?,
            server: ServerId::new(row.get("backup_server_id")?),
            subject: row.get("condition")?,
            since: row.get("condition_since")?,
        })
    })
}

/// Decides by which ways the new alerts of these servers are sent, and which ends are to be told.
pub async fn plan(
    client: &impl GenericClient,
    servers: &[ServerId],
    channels: &[AlertChannel],
    warnings: bool,
    planner: ServerId,
    as_of: DateTime<Utc>,
) -> Result<(), CatalogError> {
    let channels: Vec<&str> = channels.iter().map(|channel| channel.as_str()).collect();
    client
        .execute(
            "SELECT plan_alert_deliveries($1, $2, $3, $4, $5)",
            &[
                &numbers(servers),
                &channels,
                &warnings,
                &planner.get(),
                &as_of,
            ],
        )
        .await
        .map_err(sql("schedule the delivery of alerts"))?;
    Ok(())
}

/// An alert as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its ID.
    pub id: AlertId,
    /// When it was raised.
    pub registered: DateTime<Utc>,
    /// What it is about.
    pub kind: AlertType,
    /// The definition, snapshot, restore, node or server.
    pub reference: i64,
    /// The backup.
    pub backup: Option<BckId>,
    /// The backup server's FQDN.
    pub server: String,
    /// The node's FQDN and port.
    pub node: Option<(String, u16)>,
    /// The database; empty where there is none.
    pub dbname: String,
    /// ERROR or WARNING.
    pub status: Option<ExecutionStatus>,
    /// What happened.
    pub message: String,
    /// To whom, as the node's `logs_email` says.
    pub sendto: String,
    /// When it ended, and how that is known.
    pub resolved: Option<(DateTime<Utc>, String)>,
}

/// Something that is to be sent by one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The alert.
    pub alert: Alert,
    /// What is said of it.
    pub message: AlertMessage,
    /// How often it has been tried, this time included.
    pub attempts: i32,
}

/// Takes what is due by one way; for `lease` nobody else sends it.
pub async fn claim(
    client: &impl GenericClient,
    servers: &[ServerId],
    channel: AlertChannel,
    (claim, lease): (Uuid, Duration),
    most: i64,
    as_of: DateTime<Utc>,
) -> Result<Vec<Delivery>, CatalogError> {
    let action = "claim the alerts to be sent";
    client
        .execute(
            "SELECT claim_alert_deliveries($1, $2, $3, make_interval(secs => $4), $5, $6)",
            &[
                &numbers(servers),
                &channel.as_str(),
                &claim,
                &lease.as_secs_f64(),
                &most,
                &as_of,
            ],
        )
        .await
        .map_err(sql(action))?;
    let rows = client
        .query(
            "SELECT a.alert_id, a.registered, a.alert_type, a.ref_id, a.bck_id, s.fqdn AS server, n.fqdn AS node, n.pgport, \
                    a.dbname, a.execution_status, a.error_message, a.sendto, a.resolved, a.resolution, d.message, d.attempts \
             FROM alert_delivery AS d JOIN alerts AS a ON a.alert_id = d.alert_id \
             JOIN backup_server AS s ON s.server_id = a.backup_server_id \
             LEFT JOIN pgsql_node AS n ON n.node_id = a.pgsql_node_id \
             WHERE d.claim = $1 ORDER BY a.alert_id, d.message",
            &[&claim],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(Delivery {
            alert: alert(row)?,
            message: row.parse("message")?,
            attempts: row.get("attempts")?,
        })
    })
}

fn alert(row: &Reader<'_>) -> Result<Alert, CatalogError> {
    let node: Option<String> = row.get("node")?;
    let resolved: Option<DateTime<Utc>> = row.get("resolved")?;
    let resolution: Option<String> = row.get("resolution")?;
    let status: Option<&str> = row.get("execution_status")?;
    Ok(Alert {
        id: AlertId::new(row.get("alert_id")?),
        registered: row.get("registered")?,
        kind: row.parse("alert_type")?,
        reference: row.get("ref_id")?,
        backup: row.get::<Option<i64>>("bck_id")?.map(BckId::new),
        server: row.get("server")?,
        node: match node {
            Some(node) => Some((node, row.unsigned::<i32, u16>("pgport")?)),
            None => None,
        },
        dbname: row.get("dbname")?,
        status: match status {
            Some(_) => Some(row.parse("execution_status")?),
            None => None,
        },
        message: row
            .get::<Option<String>>("error_message")?
            .unwrap_or_default(),
        sendto: row.get("sendto")?,
        resolved: resolved.map(|at| (at, resolution.unwrap_or_default())),
    })
}

/// Notes that these messages of a claim are sent; the third part of each says whether it told of the end as well.
pub async fn note_sent(
    client: &impl GenericClient,
    claim: Uuid,
    sent: &[(AlertId, AlertMessage, bool)],
    as_of: DateTime<Utc>,
) -> Result<(), CatalogError> {
    let ids: Vec<i64> = sent.iter().map(|(id, ..)| id.get()).collect();
    let messages: Vec<&str> = sent
        .iter()
        .map(|(_, message, _)| message.as_str())
        .collect();
    let ends: Vec<bool> = sent.iter().map(|(.., end)| *end).collect();
    client
        .execute(
            "SELECT note_alerts_sent($1, $2, $3, $4, $5)",
            &[&claim, &ids, &messages, &ends, &as_of],
        )
        .await
        .map_err(sql("record that alerts were sent"))?;
    Ok(())
}

/// Notes why these messages of a claim could not be sent; they are tried again later.
pub async fn note_not_sent(
    client: &impl GenericClient,
    claim: Uuid,
    failed: &[(AlertId, AlertMessage)],
    reason: &str,
    as_of: DateTime<Utc>,
) -> Result<(), CatalogError> {
    let ids: Vec<i64> = failed.iter().map(|(id, _)| id.get()).collect();
    let messages: Vec<&str> = failed.iter().map(|(_, message)| message.as_str()).collect();
    client
        .execute(
            "SELECT note_alerts_not_sent($1, $2, $3, $4, $5)",
            &[
                &claim,
                &ids,
                &messages,
                &reason.replace('\0', "\u{fffd}"),
                &as_of,
            ],
        )
        .await
        .map_err(sql("record that alerts could not be sent"))?;
    Ok(())
}

/// How much waits to be sent of these servers after a failure, the last reason, and when the next thing is due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Messages that failed and are tried again.
    pub failing: i64,
    /// Why one of them failed.
    pub last_error: Option<String>,
    /// When the next message of all is due.
    pub next_attempt: Option<DateTime<Utc>>,
}

/// What waits to be sent of these servers.
pub async fn waiting(
    client: &impl GenericClient,
    servers: &[ServerId],
) -> Result<Waiting, CatalogError> {
    let action = "read the pending alerts";
    let row = client
        .query_one(
            "SELECT count(*) FILTER (WHERE d.last_error IS NOT NULL) AS failing, max(d.last_error) AS last_error, \
                    min(greatest(d.next_attempt, d.claimed_until)) AS next_attempt \
             FROM alert_delivery AS d JOIN alerts AS a ON a.alert_id = d.alert_id \
             WHERE d.sent IS NULL AND a.backup_server_id = ANY ($1)",
            &[&numbers(servers)],
        )
        .await
        .map_err(sql(action))?;
    let row = Reader::new(&row, action);
    Ok(Waiting {
        failing: row.get("failing")?,
        last_error: row.get("last_error")?,
        next_attempt: row.get("next_attempt")?,
    })
}

/// Forgets alerts of more than a year ago.
pub async fn forget_old(
    client: &impl GenericClient,
    as_of: DateTime<Utc>,
) -> Result<(), CatalogError> {
    client
        .execute("SELECT forget_old_alerts($1)", &[&as_of])
        .await
        .map_err(sql("delete old alerts"))?;
    Ok(())
}

fn numbers(servers: &[ServerId]) -> Vec<i32> {
    servers.iter().map(|server| server.get()).collect()
}
