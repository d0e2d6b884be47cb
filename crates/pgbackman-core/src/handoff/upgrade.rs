//! The upgrade of an old catalogue as operators start it, in the shell or with `pgbackman_setup`: it is dumped, upgraded,
//! and what 1.x left in this server's `pending_updates` is imported.

use std::io;
use std::path::{Path, PathBuf};

use chrono::Local;
use thiserror::Error;
use tokio_postgres::Client;

use super::catalogue_dump::{self, CatalogueDumpError, Dumper};
use super::legacy_pending::{self, ImportError, Imported};
use super::pending;
use crate::catalogue::error::CatalogError;
use crate::catalogue::nodes::{config_params, servers};
use crate::catalogue::schema::migrate::{self, Applied, MigrateError, SavingError};
use crate::config::trust::{self, TrustError};
use crate::config::{Config, Environment};
use crate::conninfo::{ConnectError, ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use crate::sys::directory::Directory;

/// Where the old catalogue is dumped to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DumpTo {
    /// A new file in this directory.
    Directory(PathBuf),
    /// This file, which must not exist.
    File(PathBuf),
    /// The operator has a dump, and wants no other.
    Nowhere,
}

impl DumpTo {
    /// The home directory of who asks for the upgrade; the current one without a home.
    pub fn home(env: &Environment) -> Self {
        Self::Directory(env.home().unwrap_or(Path::new(".")).to_owned())
    }

    fn file(&self, version: i32) -> Option<PathBuf> {
        match self {
            Self::Directory(directory) => {
                Some(catalogue_dump::free_file(directory, version, Local::now()))
            }
            Self::File(file) => Some(file.clone()),
            Self::Nowhere => None,
        }
    }
}

/// What an upgrade did.
#[derive(Debug)]
pub struct Upgraded {
    /// What became of the schema.
    pub applied: Applied,
    /// The dump of the catalogue as it was.
    pub dump: Option<PathBuf>,
    /// The results that 1.x had left on this server.
    pub imported: Imported,
    /// What an operator should know.
    pub notes: Vec<String>,
}

/// Why there was no upgrade. The catalogue is as it was.
#[derive(Debug, Error)]
pub enum UpgradeError {
    /// There is no way back, so there is no way on.
    #[error(
        "could not dump the catalogue, and without a dump the upgrade cannot be reverted: {0}; to upgrade without a \
         dump, use `pgbackman_setup database --upgrade --no-dump`"
    )]
    Dump(CatalogueDumpError),
    /// The schema.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

/// Dumps, upgrades, imports. In a catalogue of this version nothing is dumped, and nothing changes.
///
/// The dump is taken when the programs of 1.x are kept out already, so that it holds everything that is upgraded.
///
/// # Errors
/// [`UpgradeError`], and the catalogue is as it was; a dump may have been taken. What goes wrong with pending files is no
/// error: they stay, are named in the notes, and are imported later.
///
/// They are imported as `programs` connect: what the catalogue's functions and triggers do then, which their owner may change at
/// any time, does not run with the rights of an administrator.
pub async fn run(
    session: &mut Session,
    programs: &ConnectTarget,
    config: &Config,
    env: &Environment,
    to: &DumpTo,
) -> Result<Upgraded, UpgradeError> {
    let dumper = match to {
        DumpTo::Nowhere => None,
        DumpTo::Directory(_) | DumpTo::File(_) => Some(
            Dumper::find(session, config, env)
                .await
                .map_err(UpgradeError::Dump)?,
        ),
    };
    let mut dump = None;
    let save = async |version| {
        if let (Some(dumper), Some(file)) = (&dumper, to.file(version)) {
            dumper.dump(&file).await?;
            dump = Some(file);
        }
        Ok(())
    };
    let applied = migrate::upgrade_saving(session, save)
        .await
        .map_err(|error| match error {
            SavingError::NotSaved(reason) => UpgradeError::Dump(reason),
            SavingError::Migrate(error) => error.into(),
        })?;
    let mut notes = applied.remarks.clone();
    let imported = import(programs, config, env, &mut notes).await;
    Ok(Upgraded {
        applied,
        dump,
        imported,
        notes,
    })
}

/// Why what 1.x left on this machine was not imported.
#[derive(Debug, Error)]
enum NotImported {
    /// There is no connection to the catalogue.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The catalogue does not say where the results are.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The root directory that it names is not allowed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The directory of the results cannot be opened.
    #[error(transparent)]
    Directory(#[from] io::Error),
    /// It cannot be listed, or the catalogue is unavailable.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// Imports what 1.x left on this machine, if it is a backup server of the catalogue.
async fn import(
    programs: &ConnectTarget,
    config: &Config,
    env: &Environment,
    notes: &mut Vec<String>,
) -> Imported {
    let later = "pgbackman_maintenance imports them when it runs on this server";
    let importing = async {
        let session = connect(programs, env, DEFAULT_TIMEOUT).await?;
        let done = import_here(&session, config).await;
        session.close().await;
        done
    };
    let (imported, kept) = match importing.await {
        Ok(done) => done,
        Err(reason) => {
            notes.push(format!(
                "could not import the results that 1.x left on this server ({reason}); {later}"
            ));
            return Imported::default();
        }
    };
    for text in kept {
        notes.push(format!(
            "could not import a result of 1.x, which was not moved: {text}"
        ));
    }
    imported
}

async fn import_here(
    client: &Client,
    config: &Config,
) -> Result<(Imported, Vec<String>), NotImported> {
    let server = match servers::resolve(client, &config.backup_server.fqdn()).await {
        Ok(server) => server,
        // This machine takes no backups.
        Err(CatalogError::NotFound { .. }) => return Ok((Imported::default(), Vec::new())),
        Err(error) => return Err(error.into()),
    };
    let parameters = config_params::server_config(client, server.id).await?;
    let root =
        trust::check_backup_path_on_disk(&config.backup_server, &parameters.root_backup_partition)?;
    let path = pending::directory(&root);
    let name = path.file_name().unwrap_or_default();
    let directory = match Directory::open_trusted(&root).and_then(|root| root.subdirectory(name)) {
        Ok(directory) => directory,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok((Imported::default(), Vec::new()));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(legacy_pending::import_all(client, &directory, &legacy_pending::machine_time).await?)
}
