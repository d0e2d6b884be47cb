//! Definitions whose databases may be gone from their nodes, and what maintenance asks about a node instead of deleting
//! (trap 12a; `docs/spec/catalogue.md`, "Deleted databases").

use chrono::{DateTime, Utc};
use tokio_postgres::{GenericClient, Row};

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{DefId, NodeId, ServerId};
use crate::domain::status::JobStatus;

/// A definition of one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedDefinition {
    /// The definition.
    pub id: DefId,
    /// The backup server that runs it.
    pub server: ServerId,
    /// The database.
    pub dbname: String,
    /// Its OID, where it was ever seen.
    pub datoid: Option<u32>,
    /// ACTIVE, STOPPED or DELETED.
    pub status: JobStatus,
    /// In how many passes in a row the database was not listed.
    pub missing_passes: i32,
}

/// What is asked about a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionKind {
    /// Another cluster answers under its name.
    AnotherCluster,
    /// More than half of the databases it should have are missing.
    MostMissing,
    /// Another directory lies where its backups were.
    AnotherDirectory,
}

impl QuestionKind {
    /// As the catalogue writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AnotherCluster => "another_cluster",
            Self::MostMissing => "most_missing",
            Self::AnotherDirectory => "another_directory",
        }
    }
}

/// The definitions of a node's databases, of all backup servers; those of code CLUSTER have none.
pub async fn definitions(
    client: &impl GenericClient,
    node: NodeId,
) -> Result<Vec<CheckedDefinition>, CatalogError> {
    let action = "list the databases that should exist on a PgSQL node";
    let rows = client
        .query(
            "SELECT def_id, backup_server_id, dbname, datoid, job_status, missing_passes FROM backup_definition \
             WHERE pgsql_node_id = $1::bigint AND backup_code <> 'CLUSTER' ORDER BY def_id",
            &[&node.get()],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(CheckedDefinition {
            id: DefId::new(row.get("def_id")?),
            server: ServerId::new(row.get("backup_server_id")?),
            dbname: row.get("dbname")?,
            datoid: row.get("datoid")?,
            status: row.parse("job_status")?,
            missing_passes: row.get("missing_passes")?,
        })
    })
}

/// The databases of these definitions are certainly not on the node now. Returns the definitions that are DELETED from now
/// on: those for which this has been said `passes` times in a row.
pub async fn note_missing(
    client: &impl GenericClient,
    definitions: &[DefId],
    passes: i32,
) -> Result<Vec<DefId>, CatalogError> {
    let action = "record missing databases";
    let rows = client
        .query(
            "SELECT def_id FROM note_missing_databases($1, $2) AS noted (def_id) ORDER BY def_id",
            &[&numbers(definitions), &passes],
        )
        .await
        .map_err(sql(action))?;
    ids(&rows, action)
}

/// The databases of these definitions are there. Returns the definitions that were DELETED and are ACTIVE again.
pub async fn note_present(
    client: &impl GenericClient,
    definitions: &[DefId],
) -> Result<Vec<DefId>, CatalogError> {
    let action = "record databases that exist";
    let rows = client
        .query(
            "SELECT def_id FROM note_present_databases($1) AS noted (def_id) ORDER BY def_id",
            &[&numbers(definitions)],
        )
        .await
        .map_err(sql(action))?;
    ids(&rows, action)
}

/// Notes the OIDs that databases have on their node.
pub async fn note_oids(
    client: &impl GenericClient,
    oids: &[(DefId, u32)],
) -> Result<(), CatalogError> {
    let (definitions, oids): (Vec<i64>, Vec<u32>) =
        oids.iter().map(|(id, oid)| (id.get(), *oid)).unzip();
    client
        .execute(
            "UPDATE backup_definition AS d SET datoid = seen.oid FROM unnest($1::bigint[], $2::oid[]) AS seen (id, oid) \
             WHERE d.def_id = seen.id AND d.datoid IS DISTINCT FROM seen.oid",
            &[&definitions, &oids],
        )
        .await
        .map_err(sql("record the OIDs of databases"))?;
    Ok(())
}

/// Asks about a node. Returns whether an operator has accepted what is asked.
pub async fn ask(
    client: &impl GenericClient,
    server: ServerId,
    node: NodeId,
    kind: QuestionKind,
    question: &str,
) -> Result<bool, CatalogError> {
    let action = "register a question about a PgSQL node";
    client
        .query_one(
            "SELECT ask_about_pgsql_node($1, $2, $3, $4)",
            &[&server.get(), &node.get(), &kind.as_str(), &question],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql(action))
}

/// What was asked has been answered, by an operator or by the node.
pub async fn withdraw(
    client: &impl GenericClient,
    server: ServerId,
    node: NodeId,
    kind: QuestionKind,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT withdraw_pgsql_node_question($1, $2, $3)",
            &[&server.get(), &node.get(), &kind.as_str()],
        )
        .await
        .map_err(sql("withdraw a question about a PgSQL node"))?;
    Ok(())
}

/// What was asked about a server's nodes has been answered, but for these.
pub async fn withdraw_others(
    client: &impl GenericClient,
    server: ServerId,
    kind: QuestionKind,
    but_for: &[NodeId],
) -> Result<(), CatalogError> {
    let nodes: Vec<i64> = but_for.iter().map(|node| node.get()).collect();
    client
        .execute(
            "DELETE FROM pgsql_node_question \
             WHERE backup_server_id = $1 AND kind = $2 AND NOT pgsql_node_id = ANY ($3)",
            &[&server.get(), &kind.as_str(), &nodes],
        )
        .await
        .map_err(sql("withdraw questions about PgSQL nodes"))?;
    Ok(())
}

/// An operator says that a node is as it should be. Returns how many questions that answers.
pub async fn accept(client: &impl GenericClient, node: NodeId) -> Result<i64, CatalogError> {
    let action = "accept the state of a PgSQL node";
    client
        .query_one("SELECT accept_pgsql_node($1)", &[&node.get()])
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql(action))
}

/// A server's DELETED definitions whose quarantine is over.
pub async fn past_quarantine(
    client: &impl GenericClient,
    server: ServerId,
    as_of: DateTime<Utc>,
) -> Result<Vec<DefId>, CatalogError> {
    let action = "list the definitions whose quarantine is over";
    let rows = client
        .query(
            "SELECT def_id FROM deleted_definitions_past_quarantine($2) AS due (def_id) \
             JOIN backup_definition AS d USING (def_id) WHERE d.backup_server_id = $1 ORDER BY def_id",
            &[&server.get(), &as_of],
        )
        .await
        .map_err(sql(action))?;
    ids(&rows, action)
}

/// Deletes a definition and its entries if its quarantine is still over; the files are left to forced deletion. Refused
/// while a backup of it is kept or needed. Returns whether it was due.
pub async fn delete_past_quarantine(
    client: &impl GenericClient,
    definition: DefId,
    as_of: DateTime<Utc>,
) -> Result<bool, CatalogError> {
    let action = "delete the definition of a missing database";
    client
        .query_one(
            "SELECT delete_definition_past_quarantine($1, $2)",
            &[&definition.get(), &as_of],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql(action))
}

fn numbers(definitions: &[DefId]) -> Vec<i64> {
    definitions.iter().map(|id| id.get()).collect()
}

fn ids(rows: &[Row], action: &'static str) -> Result<Vec<DefId>, CatalogError> {
    read_all(rows, action, |row| row.get("def_id").map(DefId::new))
}
