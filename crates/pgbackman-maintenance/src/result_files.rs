//! Whether a result that waits may be believed: a backup is registered as one only where its files are there (R7).

use std::path::Path;

use pgbackman_core::catalog::backups::BackupFiles;
use pgbackman_core::catalog::backups::file_looks::{FilesState, LookedFor};
use pgbackman_core::domain::backup::{BackupPart, BackupResult};
use pgbackman_core::domain::ids::BckId;
use pgbackman_core::domain::status::ExecutionStatus;
pub use pgbackman_core::handoff::legacy_pending::Doubt;
use pgbackman_core::handoff::legacy_pending::Judge;

use crate::pass::Pass;
use crate::places::Part;

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
        return Err(Doubt::Refused(format!(
            "it is a result of the backup server {}, and this one is {}",
            result.server, pass.server.id
        )));
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
        Some(state @ FilesState::Damaged(_)) => Err(Doubt::Refused(format!(
            "it says that the backup ended with {}, and {state}",
            result.status
        ))),
        Some(state @ FilesState::NotLookedAt(_)) => Err(Doubt::Later(state.to_string())),
        None => Err(Doubt::Later("its files were not looked at".to_owned())),
    }
}

fn is_allowed(pass: &Pass, result: &BackupResult, path: &Path, part: Part) -> Result<(), Doubt> {
    let spot = pass.places.spot(Some(result.node), path, part);
    spot.map(|_| ()).map_err(|reason| {
        if pass.places.refuses_a_directory_of(result.node) {
            Doubt::Later(reason)
        } else {
            Doubt::Refused(reason)
        }
    })
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
