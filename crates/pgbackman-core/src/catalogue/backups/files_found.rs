//! What the looks at the files of backups have found: what alerts and reports tell of it.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{BckId, DefId, NodeId, ServerId};

/// A server that has looked at all its backups less than this ago is in time: it does so once a day.
pub const LOOK_IS_OLD: TimeDelta = TimeDelta::days(2);

/// Backups of a node on a server that are not whole, and were found so together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotWhole {
    /// The backup server.
    pub server: ServerId,
    /// Its FQDN.
    pub server_fqdn: String,
    /// The node.
    pub node: NodeId,
    /// Its name and port, `fqdn:port`.
    pub node_name: String,
    /// Damaged; else not looked at.
    pub is_damaged: bool,
    /// What was found together has the same: of damage the moment of the pass that found it first, else the day (UTC).
    pub found: String,
    /// Who is told of it by mail: the node's `logs_email`.
    pub told: String,
    /// How many they are.
    pub backups: i64,
    /// Since when the first of them is known to be so.
    pub since: DateTime<Utc>,
    /// The newest of them.
    pub newest: BckId,
    /// What is wrong with that one.
    pub problem: String,
    /// Definitions of the node none of whose backups is whole, of damaged ones; the first ten.
    pub without_whole: Vec<DefId>,
}

/// When a server last looked at all its backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastLook {
    /// The backup server.
    pub server: ServerId,
    /// Its FQDN.
    pub server_fqdn: String,
    /// The end of the last complete look; without one, since when one could have been made.
    pub since: DateTime<Utc>,
    /// Whether there was one.
    pub has_looked: bool,
}

impl LastLook {
    /// Since when a look is overdue, if it is.
    pub fn overdue_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = self.since + LOOK_IS_OLD;
        (due < now).then_some(due)
    }
}

/// What is not whole, of these servers and nodes; damaged ones first.
pub async fn not_whole(
    client: &impl GenericClient,
    servers: Option<&[ServerId]>,
    nodes: Option<&[NodeId]>,
) -> Result<Vec<NotWhole>, CatalogError> {
    let action = "read the state of the files of backups";
    let servers: Option<Vec<i32>> = servers.map(|ids| ids.iter().map(|id| id.get()).collect());
    let nodes: Option<Vec<i64>> = nodes.map(|ids| ids.iter().map(|id| id.get()).collect());
    let rows = client
        .query(include_str!("files_found.sql"), &[&servers, &nodes])
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        let without_whole: Vec<i64> = row.get("without_whole")?;
        Ok(NotWhole {
            server: ServerId::new(row.get("backup_server_id")?),
            server_fqdn: row.get("server_fqdn")?,
            node: NodeId::new(row.get("node_id")?),
            node_name: row.get("node")?,
            is_damaged: row.get("is_damaged")?,
            found: row.get::<Option<String>>("found")?.unwrap_or_default(),
            told: row.get("told")?,
            backups: row.get("backups")?,
            since: row
                .get::<Option<DateTime<Utc>>>("since")?
                .unwrap_or_default(),
            newest: BckId::new(row.get("newest")?),
            problem: row.get::<Option<String>>("problem")?.unwrap_or_default(),
            without_whole: without_whole.into_iter().map(DefId::new).collect(),
        })
    })
}

/// When these servers last looked at all their backups; those that have none are left out.
pub async fn last_looks(
    client: &impl GenericClient,
    servers: Option<&[ServerId]>,
) -> Result<Vec<LastLook>, CatalogError> {
    let action = "read when the files of backups were checked";
    let servers: Option<Vec<i32>> = servers.map(|ids| ids.iter().map(|id| id.get()).collect());
    let rows = client
        .query(
            "SELECT backup_server_id, fqdn, since, ended IS NOT NULL AS has_looked FROM file_looks \
             WHERE $1::integer[] IS NULL OR backup_server_id = ANY ($1) ORDER BY fqdn",
            &[&servers],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(LastLook {
            server: ServerId::new(row.get("backup_server_id")?),
            server_fqdn: row.get("fqdn")?,
            since: row.get("since")?,
            has_looked: row.get("has_looked")?,
        })
    })
}
