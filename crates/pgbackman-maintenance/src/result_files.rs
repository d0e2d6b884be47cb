//! Whether a result that waits may be believed: a backup is registered as one only where its files are there (R7).

use std::path::Path;

use pgbackman_core::catalogue::backups::BackupFiles;
use pgbackman_core::catalogue::backups::file_looks::{FilesState, LookedFor};
use pgbackman_core::domain::backup::{BackupPart, BackupResult};
use pgbackman_core::domain::ids::{BckId, ServerId};
use pgbackman_core::domain::status::ExecutionStatus;
pub use pgbackman_core::handoff::legacy_pending::Doubt;
use pgbackman_core::handoff::legacy_pending::Judge;
use thiserror::Error;

use crate::files::places::{NoSpot, Part};
use crate::pass::Pass;

/// Why a result is not believed, or not yet.
#[derive(Debug, Error)]
enum Why {
    /// Another server's files are not here to be checked.
    #[error("it is a result of the backup server {named}, but this server is {here}")]
    OtherServer {
        /// The server it names.
        named: ServerId,
        /// This one.
        here: ServerId,
    },
    /// No file of a backup may be there.
    #[error(transparent)]
    Spot(#[from] NoSpot),
    /// Its files are not what it says.
    #[error("it reports that the backup ended with {status}, but {state}")]
    Damaged {
        /// What it says.
        status: ExecutionStatus,
        /// What the files are.
        state: FilesState,
    },
    /// Its files could not be checked.
    #[error("{0}")]
    NotLookedAt(FilesState),
    /// Nobody looked at them.
    #[error("its files were not checked")]
    Unseen,
}

/// Results of 1.x are judged as those of this version are.
impl Judge for Pass {
    async fn judge(&self, backup: &BackupResult) -> Result<(), Doubt> {
        look(self, backup).await
    }
}

/// Looks at the files that a result says a usable backup has.
///
/// # Errors
/// What is wrong with them.
pub async fn look(pass: &Pass, result: &BackupResult) -> Result<(), Doubt> {
    if result.status == ExecutionStatus::Error {
        return Ok(());
    }
    if result.server != pass.server.id {
        return Err(refused(Why::OtherServer {
            named: result.server,
            here: pass.server.id,
        }));
    }
    let parts = [&result.dump, &result.roles, &result.dbconfig];
    let files = parts.iter().filter_map(|part| part.file.as_deref());
    for path in files.chain(result.manifest_file.as_deref()) {
        is_allowed(pass, result, path, Part::Dump)?;
    }
    for path in parts.iter().filter_map(|part| part.log.as_deref()) {
        is_allowed(pass, result, path, Part::Log)?;
    }
    let backup = looked_for(result);
    let looked = {
        let mut looker = pass.looker.lock().await;
        looker.look(&pass.places, vec![backup]).await
    };
    match looked.into_iter().next().map(|(_, state)| state) {
        Some(FilesState::Whole) => Ok(()),
        Some(state @ FilesState::Damaged(_)) => Err(refused(Why::Damaged {
            status: result.status,
            state,
        })),
        Some(state @ FilesState::NotLookedAt(_)) => Err(later(Why::NotLookedAt(state))),
        None => Err(later(Why::Unseen)),
    }
}

fn is_allowed(pass: &Pass, result: &BackupResult, path: &Path, part: Part) -> Result<(), Doubt> {
    let spot = pass.places.spot(Some(result.node), path, part);
    spot.map(|_| ()).map_err(|reason| {
        if pass.places.refuses_a_directory_of(result.node) {
            later(reason.into())
        } else {
            refused(reason.into())
        }
    })
}

fn refused(why: Why) -> Doubt {
    Doubt::Refused(why.into())
}

fn later(why: Why) -> Doubt {
    Doubt::Later(why.into())
}

fn looked_for(result: &BackupResult) -> LookedFor {
    let size = |part: &BackupPart| part.size.and_then(|size| i64::try_from(size).ok());
    LookedFor {
        // It has none yet.
        id: BckId::new(0),
        node: result.node,
        run: Some(result.run_uuid),
        origin: Some(result.origin),
        files: BackupFiles {
            dump: result.dump.file.clone(),
            roles: result.roles.file.clone(),
            dbconfig: result.dbconfig.file.clone(),
            logs: Vec::new(),
            manifest: result.manifest_file.clone(),
        },
        dump_size: size(&result.dump),
        roles_size: size(&result.roles),
        dbconfig_size: size(&result.dbconfig),
        checksum: result.checksum.clone(),
        known: None,
    }
}
