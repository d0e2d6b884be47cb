//! The command line of a snapshot, restore or requested run; every value that the catalogue decides passes the local trust boundaries.

use std::path::{Path, PathBuf};

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::definitions::{self, snapshots};
use pgbackman_core::catalogue::restores::restore_definitions::{self, RestoreDefinition};
use pgbackman_core::catalogue::runs::requested;
use pgbackman_core::config::trust::check_backup_path;
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::backup::dump_job::DumpJob;
use pgbackman_core::domain::ids::{NodeId, RequestId, RestoreDefId, SnapshotId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::restore::restore_job::RestoreJob;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::sys::at::AtJob;

use crate::pass::Pass;

/// Why a definition has no command line.
#[derive(Debug)]
pub(crate) enum NotGiven {
    /// It was deleted meanwhile.
    Gone,
    /// It cannot be run, for this reason.
    Refused(String),
    /// The catalogue could not be asked.
    Failed(TaskError),
}

impl From<CatalogError> for NotGiven {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::NotFound { .. } => Self::Gone,
            // A row that cannot be understood is that definition's own problem.
            CatalogError::Decode { .. } => Self::Refused(error.to_string()),
            error => Self::Failed(error.into()),
        }
    }
}

/// Program and arguments.
pub(crate) async fn argv(
    pass: &Pass,
    job: AtJob,
    nodes: &[PgsqlNode],
) -> Result<Vec<String>, NotGiven> {
    match job {
        AtJob::Snapshot(id) => snapshot(pass, id, nodes).await,
        AtJob::Restore(id) => restore(pass, id).await,
        AtJob::Run(id) => requested(pass, id, nodes).await,
    }
}

/// The command line that the definition's crontab has, for once.
async fn requested(
    pass: &Pass,
    id: RequestId,
    nodes: &[PgsqlNode],
) -> Result<Vec<String>, NotGiven> {
    let definition = requested::definition(&**pass.session, id);
    let definition = pass.ask(definition).await?;
    let definition = definitions::by_id(&**pass.session, definition);
    let definition = pass.ask(definition).await?;
    if definition.code == BackupCode::Config {
        return Err(refused("backup code CONFIG is not supported"));
    }
    let program = pass.dump_program().map_err(refused)?;
    let root = pass.root().map_err(refused)?;
    DumpJob {
        program: &program,
        config: pass.daemon.context.config.path.as_deref(),
        node: node(nodes, definition.node)?,
        origin: BackupOrigin::Definition(definition.id),
        dbname: &definition.dbname,
        code: definition.code,
        encryption: definition.encryption,
        root_backup_dir: &root,
        extra_parameters: &definition.extra_parameters,
        pg_dump_release: None,
        requested: Some(id),
    }
    .argv()
    .map_err(refused)
}

async fn snapshot(
    pass: &Pass,
    id: SnapshotId,
    nodes: &[PgsqlNode],
) -> Result<Vec<String>, NotGiven> {
    let snapshot = snapshots::by_id(&**pass.session, id);
    let snapshot = pass.ask(snapshot).await?;
    if snapshot.code == BackupCode::Config {
        return Err(refused("backup code CONFIG is not supported"));
    }
    if let Some(release) = &snapshot.pg_dump_release {
        release.parse::<PgMajor>().map_err(refused)?;
    }
    let program = pass.dump_program().map_err(refused)?;
    let root = pass.root().map_err(refused)?;
    DumpJob {
        program: &program,
        config: pass.daemon.context.config.path.as_deref(),
        node: node(nodes, snapshot.node)?,
        origin: BackupOrigin::Snapshot(id),
        dbname: &snapshot.dbname,
        code: snapshot.code,
        encryption: snapshot.encryption,
        root_backup_dir: &root,
        extra_parameters: &snapshot.extra_parameters,
        pg_dump_release: snapshot.pg_dump_release.as_deref(),
        requested: None,
    }
    .argv()
    .map_err(refused)
}

async fn restore(pass: &Pass, id: RestoreDefId) -> Result<Vec<String>, NotGiven> {
    let restore = restore_definitions::by_id(&**pass.session, id);
    let restore = pass.ask(restore).await?;
    let program = pass.restore_program().map_err(refused)?;
    let root = pass.root().map_err(refused)?;
    let files = Files::of(pass, &restore)?;
    RestoreJob {
        program: &program,
        config: pass.daemon.context.config.path.as_deref(),
        node: &restore.target,
        restore: id,
        code: restore.code,
        dump_file: &files.dump,
        roles_file: files.roles.as_deref(),
        settings_file: files.settings.as_deref(),
        manifest_file: files.manifest.as_deref(),
        checksum: restore.checksum.as_deref(),
        source_dbname: &restore.source_dbname,
        target_dbname: &restore.target_dbname,
        renamed_dbname: restore.renamed_dbname.as_deref(),
        extra_parameters: &restore.extra_parameters,
        roles: &restore.roles,
        pg_release: restore.backup_release.as_deref().unwrap_or_default(),
        root_backup_dir: &root,
    }
    .argv()
    .map_err(refused)
}

/// The files of a backup, all below the backup roots.
struct Files {
    dump: PathBuf,
    roles: Option<PathBuf>,
    settings: Option<PathBuf>,
    manifest: Option<PathBuf>,
}

impl Files {
    fn of(pass: &Pass, restore: &RestoreDefinition) -> Result<Self, NotGiven> {
        let allowed = |path: Option<&Path>| {
            path.map(|path| check_backup_path(pass.daemon.section(), path))
                .transpose()
                .map_err(refused)
        };
        Ok(Self {
            dump: allowed(restore.dump_file.as_deref())?.ok_or_else(|| {
                refused(format!(
                    "the backup with BckID {} has no file",
                    restore.backup
                ))
            })?,
            roles: allowed(restore.roles_file.as_deref())?,
            settings: allowed(restore.dbconfig_file.as_deref())?,
            manifest: allowed(restore.manifest_file.as_deref())?,
        })
    }
}

fn node(nodes: &[PgsqlNode], id: NodeId) -> Result<&PgsqlNode, NotGiven> {
    let found = nodes.iter().find(|node| node.id == id);
    found.ok_or_else(|| refused(format!("there is no PgSQL node with NodeID {id}")))
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands errors over
fn refused(reason: impl ToString) -> NotGiven {
    NotGiven::Refused(reason.to_string())
}
