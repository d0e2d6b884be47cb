//! Restore definitions (`restore_definition`): backups that are restored once, by `at`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::nodes;
use crate::catalogue::rows::Reader;
use crate::domain::ids::{BckId, NodeId, RestoreDefId, ServerId};
use crate::domain::node::PgsqlNode;
use crate::domain::status::{AtStatus, BackupCode};

/// How operators call what this module is about.
const KIND: &str = "Restore definition";

/// What an operator registers, after the checks of [`crate::domain::restore::restore_check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRestoreDefinition {
    /// When it is restored, to the minute.
    pub at_time: DateTime<Utc>,
    /// The backup server that has the backup's files; the database refuses another one.
    pub server: ServerId,
    /// The node it is restored on.
    pub target: NodeId,
    /// The backup.
    pub backup: BckId,
    /// The database's name on the target; empty for CLUSTER.
    pub target_dbname: String,
    /// The name that an existing database of the target's name gets.
    pub renamed_dbname: Option<String>,
    /// Additional words for `pg_restore`, and PgBackMan's own (`--map-role`).
    pub extra_parameters: String,
    /// The backup's roles that are to be made on the target; the others exist there and are used.
    pub roles: Vec<String>,
}

/// A restore definition with everything that its command line says (`docs/spec/programs.md`, `pgbackman_restore`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreDefinition {
    /// `restore_def`.
    pub id: RestoreDefId,
    /// The backup.
    pub backup: BckId,
    /// The backup server that restores it.
    pub server: ServerId,
    /// The node it is restored on.
    pub target: PgsqlNode,
    /// The database that was backed up; empty for CLUSTER.
    pub source_dbname: String,
    /// The database's name on the target; empty for CLUSTER.
    pub target_dbname: String,
    /// The name that an existing database of the target's name gets.
    pub renamed_dbname: Option<String>,
    /// Additional words, as registered; may be empty.
    pub extra_parameters: String,
    /// The backup's roles that are to be made on the target.
    pub roles: Vec<String>,
    /// When it is restored, to the minute.
    pub at_time: DateTime<Utc>,
    /// How far it has come.
    pub status: AtStatus,
    /// Why it could not be given to `at`.
    pub error_message: Option<String>,
    /// What the backup contains.
    pub code: BackupCode,
    /// The database's archive: a directory, or the compressed script of CLUSTER.
    pub dump_file: Option<PathBuf>,
    /// The roles file, where the code has one.
    pub roles_file: Option<PathBuf>,
    /// The settings file, where the code has one.
    pub dbconfig_file: Option<PathBuf>,
    /// The manifest; backups of 1.x have none.
    pub manifest_file: Option<PathBuf>,
    /// The manifest's SHA-256, hexadecimal.
    pub checksum: Option<String>,
    /// The release of the client tools that wrote the archive (`15.18`), as the catalogue has it.
    pub backup_release: Option<String>,
    /// The release of the node that was backed up.
    pub source_release: Option<String>,
}

/// A definition, its backup and its target node; the node's columns keep their names for [`nodes::node`].
macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT r.restore_def, r.bck_id, r.backup_server_id, r.target_dbname, \
                    nullif(r.renamed_dbname, '') AS renamed_dbname, \
                    coalesce(r.extra_restore_parameters, '') AS extra_restore_parameters, \
                    coalesce(r.roles_to_restore, '{}') AS roles_to_restore, r.at_time, r.status AS at_status, \
                    nullif(r.error_message, '') AS error_message, \
                    coalesce(d.backup_code, sd.backup_code) AS backup_code, \
                    CASE WHEN coalesce(d.backup_code, sd.backup_code) = 'CLUSTER' THEN '' ELSE c.dbname END \
                        AS source_dbname, \
                    c.pg_dump_file, c.pg_dump_roles_file, c.pg_dump_dbconfig_file, c.manifest_file, c.checksum, \
                    nullif(c.pg_dump_release, '') AS pg_dump_release, \
                    nullif(c.pgsql_node_release, '') AS pgsql_node_release, \
                    n.node_id, n.hostname, n.domain_name, n.pgport, n.admin_user, n.status, n.window_until, n.remarks, \
                    n.system_identifier \
             FROM restore_definition AS r \
             JOIN backup_catalog AS c ON c.bck_id = r.bck_id \
             JOIN pgsql_node AS n ON n.node_id = r.target_pgsql_node_id \
             LEFT JOIN backup_definition AS d ON d.def_id = c.def_id \
             LEFT JOIN snapshot_definition AS sd ON sd.snapshot_id = c.snapshot_id ",
            $where
        )
    };
}

/// Registers a restore. The database refuses a backup that failed, that is being deleted or whose files are on another
/// server, and keeps it from expiring meanwhile.
pub async fn register(
    client: &impl GenericClient,
    new: &NewRestoreDefinition,
) -> Result<RestoreDefId, CatalogError> {
    let action = "register this restore definition";
    let row = client
        .query_one(
            "SELECT register_restore_definition($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &new.at_time,
                &new.server.get(),
                &new.target.get(),
                &new.backup.get(),
                &new.target_dbname,
                &new.renamed_dbname,
                &new.extra_parameters,
                &new.roles,
            ],
        )
        .await
        .map_err(sql(action))?;
    Ok(RestoreDefId::new(row.try_get(0).map_err(sql(action))?))
}

/// The restore to this database that is registered for this minute, where there is one: the catalogue refuses a second one.
pub async fn in_minute(
    client: &impl GenericClient,
    target: NodeId,
    target_dbname: &str,
    at_time: DateTime<Utc>,
) -> Result<Option<RestoreDefId>, CatalogError> {
    let action = "look restore definitions up";
    let row = client
        .query_opt(
            "SELECT restore_def FROM restore_definition \
             WHERE target_pgsql_node_id = $1::bigint AND target_dbname = $2 AND at_time = $3",
            &[&target.get(), &target_dbname, &at_time],
        )
        .await
        .map_err(sql(action))?;
    row.map(|row| row.try_get(0).map(RestoreDefId::new).map_err(sql(action)))
        .transpose()
}

/// The restore definition with this ID.
pub async fn by_id(
    client: &impl GenericClient,
    id: RestoreDefId,
) -> Result<RestoreDefinition, CatalogError> {
    let action = "read a restore definition";
    let row = client
        .query_opt(select!("WHERE r.restore_def = $1"), &[&id.get()])
        .await
        .map_err(sql(action))?
        .ok_or_else(|| CatalogError::NotFound {
            kind: KIND,
            value: id.to_string(),
        })?;
    definition(&Reader::new(&row, action))
}

/// Deletes a restore that has not begun; control takes its job out of the queue. Refused while it runs and after it ran.
pub async fn delete(client: &impl GenericClient, id: RestoreDefId) -> Result<(), CatalogError> {
    client
        .execute("SELECT delete_restore_definition($1)", &[&id.get()])
        .await
        .map_err(sql("delete this restore definition"))?;
    Ok(())
}

fn definition(row: &Reader<'_>) -> Result<RestoreDefinition, CatalogError> {
    Ok(RestoreDefinition {
        id: RestoreDefId::new(row.get("restore_def")?),
        backup: BckId::new(row.get("bck_id")?),
        server: ServerId::new(row.get("backup_server_id")?),
        target: nodes::node(row)?,
        source_dbname: row.get("source_dbname")?,
        target_dbname: row.get("target_dbname")?,
        renamed_dbname: row.get("renamed_dbname")?,
        extra_parameters: row.get("extra_restore_parameters")?,
        roles: row.get("roles_to_restore")?,
        at_time: row.get("at_time")?,
        status: row.parse("at_status")?,
        error_message: row.get("error_message")?,
        code: row.parse("backup_code")?,
        dump_file: row.path("pg_dump_file")?,
        roles_file: row.path("pg_dump_roles_file")?,
        dbconfig_file: row.path("pg_dump_dbconfig_file")?,
        manifest_file: row.path("manifest_file")?,
        checksum: row.get("checksum")?,
        backup_release: row.get("pg_dump_release")?,
        source_release: row.get("pgsql_node_release")?,
    })
}
