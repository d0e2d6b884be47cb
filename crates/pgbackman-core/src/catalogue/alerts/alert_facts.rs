//! What alerts are judged from: definitions with their schedules, runs, usable backups, sizes.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{BckId, DefId, NodeId, ServerId};
use crate::domain::schedule::missed_runs::RunTimes;

/// An ACTIVE definition of a RUNNING node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The definition.
    pub id: DefId,
    /// Its backup server.
    pub server: ServerId,
    /// Its node.
    pub node: NodeId,
    /// The node's FQDN.
    pub node_fqdn: String,
    /// Its database; empty with code CLUSTER.
    pub dbname: String,
    /// The cron fields, as they were registered.
    pub fields: [String; 5],
    /// When the definition or its node's status was last changed: nothing was due before.
    pub since: DateTime<Utc>,
    /// Why its line is not in the crontab.
    pub problem: Option<String>,
    /// How long backups are kept: runs that ended earlier may have no row any more.
    pub retention: TimeDelta,
    /// When its newest run began that the catalogue was ever told of.
    pub last_run: Option<DateTime<Utc>>,
    /// When its newest usable backup ended.
    pub last_success: Option<DateTime<Utc>>,
}

/// The definitions of these servers that cron should start.
pub async fn watched(
    client: &impl GenericClient,
    servers: &[ServerId],
) -> Result<Vec<Watched>, CatalogError> {
    let action = "list the backup definitions that should run";
    let rows = client
        .query(
            "SELECT d.def_id, d.backup_server_id, n.node_id, n.fqdn, d.dbname, \
                    ARRAY[d.minutes_cron, d.hours_cron, d.day_month_cron, d.month_cron, d.weekday_cron]::text[] AS fields, \
                    greatest(d.registered, n.status_since) AS since, d.problem, \
                    extract(epoch FROM d.retention_period)::float8 AS retention, l.started AS last_run, \
                    (SELECT b.finished FROM backup_catalog AS b \
                     WHERE b.def_id = d.def_id AND b.execution_status = 'SUCCEEDED' AND b.deleting_since IS NULL \
                     ORDER BY b.finished DESC NULLS LAST, b.bck_id DESC LIMIT 1) AS last_success \
             FROM backup_definition AS d JOIN pgsql_node AS n ON n.node_id = d.pgsql_node_id \
             LEFT JOIN definition_last_run AS l ON l.def_id = d.def_id \
             WHERE d.job_status = 'ACTIVE' AND n.status = 'RUNNING' AND d.backup_server_id = ANY ($1) ORDER BY d.def_id",
            &[&numbers(servers)],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        let fields: Vec<String> = row.get("fields")?;
        let retention: f64 = row.get("retention")?;
        Ok(Watched {
            id: DefId::new(row.get("def_id")?),
            server: ServerId::new(row.get("backup_server_id")?),
            node: NodeId::new(row.get("node_id")?),
            node_fqdn: row.get("fqdn")?,
            dbname: row.get("dbname")?,
            fields: fields.try_into().map_err(|_| CatalogError::Decode {
                action,
                reason: "a definition does not have five cron fields".to_owned(),
            })?,
            since: row.get("since")?,
            problem: row.get("problem")?,
            #[allow(clippy::cast_possible_truncation)] // Bounded to a year.
            retention: TimeDelta::seconds(retention.clamp(0.0, 3.2e7) as i64),
            last_run: row.get("last_run")?,
            last_success: row.get("last_success")?,
        })
    })
}

/// The runs of definitions of these servers that ended since a time or continue.
pub async fn runs_since(
    client: &impl GenericClient,
    servers: &[ServerId],
    since: DateTime<Utc>,
) -> Result<BTreeMap<DefId, Vec<RunTimes>>, CatalogError> {
    let action = "list the latest runs";
    let rows = client
        .query(
            "SELECT def_id, started, finished FROM backup_catalog \
             WHERE def_id IS NOT NULL AND started IS NOT NULL AND finished >= $2 AND backup_server_id = ANY ($1) \
             UNION ALL \
             SELECT def_id, started, NULL FROM run_in_progress \
             WHERE def_id IS NOT NULL AND backup_server_id = ANY ($1) \
             ORDER BY def_id, started",
            &[&numbers(servers), &since],
        )
        .await
        .map_err(sql(action))?;
    let runs = read_all(&rows, action, |row| {
        let times = RunTimes {
            started: row.get("started")?,
            finished: row.get("finished")?,
        };
        Ok((DefId::new(row.get("def_id")?), times))
    })?;
    let mut of_definitions: BTreeMap<DefId, Vec<RunTimes>> = BTreeMap::new();
    for (definition, times) in runs {
        of_definitions.entry(definition).or_default().push(times);
    }
    Ok(of_definitions)
}

/// The newest backups of a definition, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// The definition.
    pub definition: DefId,
    /// Its backup server.
    pub server: ServerId,
    /// Its node.
    pub node: NodeId,
    /// Its database.
    pub dbname: String,
    /// The newest backup.
    pub newest: BckId,
    /// When that ended.
    pub finished: DateTime<Utc>,
    /// Bytes of the databases' files.
    pub bytes: Vec<i64>,
}

/// The sizes of the newest usable backup and of up to `most` before it, of definitions of these servers.
pub async fn sizes(
    client: &impl GenericClient,
    servers: &[ServerId],
    most: u8,
) -> Result<Vec<Sizes>, CatalogError> {
    let action = "read the sizes of the newest backups";
    let rows = client
        .query(
            "SELECT d.def_id, d.backup_server_id, d.pgsql_node_id::bigint AS node_id, d.dbname, b.ids, b.ends, b.sizes \
             FROM backup_definition AS d CROSS JOIN LATERAL ( \
                 SELECT array_agg(one.bck_id ORDER BY one.place) AS ids, array_agg(one.finished ORDER BY one.place) AS ends, \
                        array_agg(one.size ORDER BY one.place) AS sizes \
                 FROM ( \
                     SELECT c.bck_id, c.finished, c.pg_dump_file_size AS size, \
                            row_number() OVER (ORDER BY c.finished DESC, c.bck_id DESC) AS place \
                     FROM backup_catalog AS c \
                     WHERE c.def_id = d.def_id AND c.finished IS NOT NULL AND c.pg_dump_file_size IS NOT NULL \
                       AND c.execution_status IN ('SUCCEEDED', 'WARNING') \
                     ORDER BY c.finished DESC NULLS LAST, c.bck_id DESC LIMIT $2 \
                 ) AS one \
             ) AS b \
             WHERE d.job_status = 'ACTIVE' AND d.backup_server_id = ANY ($1) AND b.ids IS NOT NULL ORDER BY d.def_id",
            &[&numbers(servers), &(i64::from(most) + 1)],
        )
        .await
        .map_err(sql(action))?;
    let all = read_all(&rows, action, |row| {
        let (ids, ends): (Vec<i64>, Vec<DateTime<Utc>>) = (row.get("ids")?, row.get("ends")?);
        let (Some(newest), Some(finished)) = (ids.first(), ends.first()) else {
            return Ok(None);
        };
        Ok(Some(Sizes {
            definition: DefId::new(row.get("def_id")?),
            server: ServerId::new(row.get("backup_server_id")?),
            node: NodeId::new(row.get("node_id")?),
            dbname: row.get("dbname")?,
            newest: BckId::new(*newest),
            finished: *finished,
            bytes: row.get("sizes")?,
        }))
    })?;
    Ok(all.into_iter().flatten().collect())
}

/// Which backup server tells of a node as a whole: the first that has definitions of it, else the first there is.
pub async fn servers_of_nodes(
    client: &impl GenericClient,
) -> Result<BTreeMap<NodeId, ServerId>, CatalogError> {
    let action = "read which backup server sends the alerts of a PgSQL node";
    let rows = client
        .query(
            "SELECT n.node_id, coalesce( \
                 (SELECT min(d.backup_server_id) FROM backup_definition AS d WHERE d.pgsql_node_id = n.node_id), \
                 (SELECT min(server_id) FROM backup_server)) AS server_id \
             FROM pgsql_node AS n WHERE EXISTS (SELECT FROM backup_server) ORDER BY n.node_id",
            &[],
        )
        .await
        .map_err(sql(action))?;
    let pairs = read_all(&rows, action, |row| {
        let node = NodeId::new(row.get("node_id")?);
        Ok((node, ServerId::new(row.get("server_id")?)))
    })?;
    Ok(pairs.into_iter().collect())
}

/// The time by the catalogue's clock, and since when its server has been up.
pub async fn catalogue_times(
    client: &impl GenericClient,
) -> Result<(DateTime<Utc>, DateTime<Utc>), CatalogError> {
    let action = "read the catalogue's clock";
    let row = client
        .query_one("SELECT now(), pg_catalog.pg_postmaster_start_time()", &[])
        .await
        .map_err(sql(action))?;
    let times = (row.try_get(0), row.try_get(1));
    Ok((times.0.map_err(sql(action))?, times.1.map_err(sql(action))?))
}

fn numbers(servers: &[ServerId]) -> Vec<i32> {
    servers.iter().map(|server| server.get()).collect()
}
