//! Backup definitions (`backup_definition`). The table's triggers queue and notify whatever changes it.
//!
//! Beside them: [`snapshots`] (one run at one time), the [`queue`] of crontab files that they make necessary, how often a definition
//! runs ([`intervals`]) and the names that the shell completes ([`completion`]).

pub mod completion;
mod deletion;
pub mod intervals;
pub mod queue;
pub mod snapshots;

use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::backup::definition::{BackupDefinition, NewBackupDefinition, Retention};
use crate::domain::ids::{DefId, NodeId, ServerId};
use crate::domain::schedule::Schedule;
use crate::domain::status::JobStatus;

pub use deletion::{
    Consequences, Deletion, consequences, consequences_by_dbname, consequences_of_snapshot, delete,
    delete_by_dbname, ids_of_dbname,
};

/// What an operator may change of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionChange {
    /// When it runs.
    pub schedule: Schedule,
    /// How long backups are kept.
    pub retention: Retention,
    /// Additional words for `pg_dump`/`pg_dumpall`, as typed.
    pub extra_parameters: String,
    /// ACTIVE or STOPPED.
    pub status: JobStatus,
    /// The operator's remarks.
    pub remarks: String,
}

/// Which definitions of a server move to another; what is `None` does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoveFilter {
    /// Only of these nodes.
    pub nodes: Option<Vec<NodeId>>,
    /// Only of these databases, exactly as the nodes name them.
    pub dbnames: Option<Vec<String>>,
    /// Only these.
    pub definitions: Option<Vec<DefId>>,
}

/// Registers one definition.
pub async fn register(
    client: &impl GenericClient,
    definition: &NewBackupDefinition,
) -> Result<DefId, CatalogError> {
    let ids = register_all(client, std::slice::from_ref(definition)).await?;
    ids.first().copied().ok_or(CatalogError::Decode {
        action: "register this backup definition",
        reason: "no ID was returned".to_owned(),
    })
}

/// The definitions, with their databases, that some of these would be a second time: the catalogue refuses them.
pub async fn existing(
    client: &impl GenericClient,
    definitions: &[NewBackupDefinition],
) -> Result<Vec<(DefId, String)>, CatalogError> {
    let column =
        |read: fn(&NewBackupDefinition) -> &str| definitions.iter().map(read).collect::<Vec<_>>();
    let servers: Vec<i32> = definitions.iter().map(|new| new.server.get()).collect();
    let nodes: Vec<i64> = definitions.iter().map(|new| new.node.get()).collect();
    let action = "look up backup definitions";
    let rows = client
        .query(
            include_str!("definitions_existing.sql"),
            &[
                &servers,
                &nodes,
                &column(|definition| &definition.dbname),
                &column(|definition| &definition.schedule.fields()[0]),
                &column(|definition| &definition.schedule.fields()[1]),
                &column(|definition| &definition.schedule.fields()[2]),
                &column(|definition| &definition.schedule.fields()[3]),
                &column(|definition| &definition.schedule.fields()[4]),
                &column(|definition| definition.code.as_str()),
                &column(|definition| &definition.extra_parameters),
            ],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok((DefId::new(row.get("def_id")?), row.get("dbname")?))
    })
}

/// Registers definitions in one statement: all or none, and one queue entry and one notification per server and node.
/// The IDs come in the order of `definitions`.
pub async fn register_all(
    client: &impl GenericClient,
    definitions: &[NewBackupDefinition],
) -> Result<Vec<DefId>, CatalogError> {
    let column =
        |read: fn(&NewBackupDefinition) -> &str| definitions.iter().map(read).collect::<Vec<_>>();
    let servers: Vec<i32> = definitions
        .iter()
        .map(|definition| definition.server.get())
        .collect();
    let nodes: Vec<i64> = definitions
        .iter()
        .map(|definition| definition.node.get())
        .collect();
    let redundancies: Vec<i32> = definitions
        .iter()
        .map(|definition| definition.retention.redundancy)
        .collect();
    let datoids: Vec<Option<u32>> = definitions
        .iter()
        .map(|definition| definition.datoid)
        .collect();
    let action = "register this backup definition";
    let rows = client
        .query(
            include_str!("definitions_register.sql"),
            &[
                &servers,
                &nodes,
                &column(|definition| &definition.dbname),
                &column(|definition| &definition.schedule.fields()[0]),
                &column(|definition| &definition.schedule.fields()[1]),
                &column(|definition| &definition.schedule.fields()[2]),
                &column(|definition| &definition.schedule.fields()[3]),
                &column(|definition| &definition.schedule.fields()[4]),
                &column(|definition| definition.code.as_str()),
                &column(|definition| &definition.retention.period),
                &redundancies,
                &column(|definition| &definition.extra_parameters),
                &column(|definition| definition.status.as_str()),
                &column(|definition| &definition.remarks),
                &datoids,
            ],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| row.get("def_id").map(DefId::new))
}

/// The statement that reads definitions as [`definition`] takes them: its columns stand here once.
macro_rules! select_definitions {
    ($which:literal) => {
        concat!(
            "SELECT def_id, backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, day_month_cron, month_cron, \
                    weekday_cron, backup_code, encryption, retention_period::text AS retention_period, \
                    retention_redundancy, extra_backup_parameters, job_status, remarks, problem \
             FROM backup_definition ",
            $which
        )
    };
}

/// The definition with this ID.
pub async fn by_id(
    client: &impl GenericClient,
    id: DefId,
) -> Result<BackupDefinition, CatalogError> {
    let action = "read a backup definition";
    let row = client
        .query_opt(select_definitions!("WHERE def_id = $1"), &[&id.get()])
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound {
            kind: "Backup definition",
            value: id.to_string(),
        })?;
    definition(&Reader::new(&row, action))
}

/// The ACTIVE definitions of a node on a server, in order of ID: what its crontab should have, if the node runs.
pub async fn list_for_crontab(
    client: &impl GenericClient,
    server: ServerId,
    node: NodeId,
) -> Result<Vec<BackupDefinition>, CatalogError> {
    let action = "list the backup definitions for a crontab";
    let rows = client
        .query(
            select_definitions!(
                "WHERE backup_server_id = $1 AND pgsql_node_id = $2::bigint AND job_status = 'ACTIVE' ORDER BY def_id"
            ),
            &[&server.get(), &node.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, definition)
}

/// The nodes that have definitions, of any status, on a server; in order of ID.
pub async fn nodes_of_server(
    client: &impl GenericClient,
    server: ServerId,
) -> Result<Vec<NodeId>, CatalogError> {
    let action = "list the nodes for which a backup server has definitions";
    let rows = client
        .query(
            "SELECT DISTINCT pgsql_node_id FROM backup_definition WHERE backup_server_id = $1 ORDER BY pgsql_node_id",
            &[&server.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(NodeId::new(row.get::<i32>("pgsql_node_id")?.into()))
    })
}

/// The nodes of which no backup server has a definition.
pub async fn nodes_without_definitions(
    client: &impl GenericClient,
) -> Result<Vec<NodeId>, CatalogError> {
    let action = "list the nodes without backup definitions";
    let rows = client
        .query(
            "SELECT node_id FROM pgsql_node AS n \
             WHERE NOT EXISTS (SELECT FROM backup_definition AS d WHERE d.pgsql_node_id = n.node_id) ORDER BY node_id",
            &[],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| row.get("node_id").map(NodeId::new))
}

/// The databases of a node that have a definition on any server, CLUSTER definitions and DELETED ones left out.
pub async fn dbnames_defined(
    client: &impl GenericClient,
    node: NodeId,
) -> Result<Vec<String>, CatalogError> {
    let action = "list the databases that have backup definitions";
    let rows = client
        .query(
            "SELECT DISTINCT dbname FROM backup_definition \
             WHERE pgsql_node_id = $1::bigint AND dbname <> '' AND backup_code <> 'CLUSTER' AND job_status <> 'DELETED' \
             ORDER BY dbname",
            &[&node.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| row.get("dbname"))
}

/// Changes a definition; sets `registered` to now.
pub async fn update(
    client: &impl GenericClient,
    id: DefId,
    change: &DefinitionChange,
) -> Result<(), CatalogError> {
    let [minutes, hours, day_month, month, weekday] = change.schedule.fields();
    client
        .execute(
            "SELECT update_backup_definition($1, $2, $3, $4, $5, $6, $7::text::interval, $8, $9, $10, $11)",
            &[
                &id.get(),
                minutes,
                hours,
                day_month,
                month,
                weekday,
                &change.retention.period,
                &change.retention.redundancy,
                &change.extra_parameters,
                &change.status.as_str(),
                &change.remarks,
            ],
        )
        .await
        .map_err(sql("update this backup definition"))?;
    Ok(())
}

/// Stops a definition and sets its remarks, whatever else is stored of it; sets `registered` to now.
pub async fn stop(
    client: &impl GenericClient,
    id: DefId,
    remarks: &str,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT stop_backup_definition($1, $2)",
            &[&id.get(), &remarks],
        )
        .await
        .map_err(sql("update this backup definition"))?;
    Ok(())
}

/// Notes why a definition's line is not in the crontab, or that it is (`None`). Queues nothing: it is control that
/// says so. Only differing rows are written.
pub async fn set_problems(
    client: &impl GenericClient,
    problems: &[(DefId, Option<String>)],
) -> Result<(), CatalogError> {
    let ids: Vec<i64> = problems.iter().map(|(id, _)| id.get()).collect();
    let texts: Vec<Option<&str>> = problems
        .iter()
        .map(|(_, problem)| problem.as_deref())
        .collect();
    client
        .execute(
            "UPDATE backup_definition AS d SET problem = new.problem \
             FROM unnest($1::bigint[], $2::text[]) AS new (def_id, problem) \
             WHERE d.def_id = new.def_id AND d.problem IS DISTINCT FROM new.problem",
            &[&ids, &texts],
        )
        .await
        .map_err(sql("record why a backup definition is not scheduled"))?;
    Ok(())
}

/// The ACTIVE definitions that a move would take from a server, in order of ID.
pub async fn active_to_move(
    client: &impl GenericClient,
    from: ServerId,
    filter: &MoveFilter,
) -> Result<Vec<BackupDefinition>, CatalogError> {
    let (nodes, ids) = numbers(filter);
    let action = "list the backup definitions to move";
    let rows = client
        .query(
            select_definitions!(
                "WHERE backup_server_id = $1 AND job_status = 'ACTIVE' \
                   AND ($2::bigint[] IS NULL OR pgsql_node_id = ANY ($2)) AND ($3::text[] IS NULL OR dbname = ANY ($3)) \
                   AND ($4::bigint[] IS NULL OR def_id = ANY ($4)) \
                 ORDER BY def_id"
            ),
            &[&from.get(), &nodes, &filter.dbnames, &ids],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, definition)
}

/// The IDs of nodes and definitions in a filter.
fn numbers(filter: &MoveFilter) -> (Option<Vec<i64>>, Option<Vec<i64>>) {
    let nodes = filter.nodes.as_ref();
    let ids = filter.definitions.as_ref();
    (
        nodes.map(|ids| ids.iter().map(|id| id.get()).collect()),
        ids.map(|ids| ids.iter().map(|id| id.get()).collect()),
    )
}

/// Moves definitions to another server; both servers' crontabs follow through the queue. What was moved comes back.
pub async fn move_to_server(
    client: &impl GenericClient,
    from: ServerId,
    to: ServerId,
    filter: &MoveFilter,
) -> Result<Vec<DefId>, CatalogError> {
    let (nodes, ids) = numbers(filter);
    let action = "move backup definitions";
    let rows = client
        .query(
            "SELECT def_id FROM move_backup_definitions($1, $2, $3, $4, $5) AS moved (def_id) ORDER BY def_id",
            &[&from.get(), &to.get(), &nodes, &filter.dbnames, &ids],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| row.get("def_id").map(DefId::new))
}

fn definition(row: &Reader<'_>) -> Result<BackupDefinition, CatalogError> {
    Ok(BackupDefinition {
        id: DefId::new(row.get("def_id")?),
        server: ServerId::new(row.get("backup_server_id")?),
        node: NodeId::new(row.get::<i32>("pgsql_node_id")?.into()),
        dbname: row.get("dbname")?,
        cron_fields: [
            row.get("minutes_cron")?,
            row.get("hours_cron")?,
            row.get("day_month_cron")?,
            row.get("month_cron")?,
            row.get("weekday_cron")?,
        ],
        code: row.parse("backup_code")?,
        encryption: row.get("encryption")?,
        retention: Retention {
            period: row.get("retention_period")?,
            redundancy: row.get("retention_redundancy")?,
        },
        extra_parameters: row.get("extra_backup_parameters")?,
        status: row.parse("job_status")?,
        remarks: row.get::<Option<String>>("remarks")?.unwrap_or_default(),
        problem: row.get("problem")?,
    })
}
