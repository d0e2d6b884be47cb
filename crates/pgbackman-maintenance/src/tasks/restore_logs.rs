//! Logs of restores that went with their backups.

use std::path::Path;

use pgbackman_core::catalog::backups::BackupFiles;
use pgbackman_core::catalog::backups::leftovers::{self, RestoreLog};

use super::leftovers::{Leftover, delete_files, tell};
use crate::batch::{BATCH, Doomed};
use crate::journal::Journal;
use crate::steps::Step;
use crate::world::{Failure, Situation};

pub(super) async fn run(situation: &Situation, journal: &mut Journal) -> Result<(), Failure> {
    let (client, server) = (&*situation.session, situation.server.id);
    let mut after = 0;
    while !situation.world.is_stopping() {
        let listed = leftovers::restore_logs(client, server, after, BATCH.into());
        let batch = situation.ask(listed).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        situation.world.reached(Step::Listed);
        let batch = batch.into_iter().map(leftover).collect();
        let (gone, about) = delete_files(situation, batch, journal).await?;
        if !gone.is_empty() {
            situation
                .ask(leftovers::forget_restore_logs(client, &gone))
                .await?;
            situation.world.reached(Step::RowsDeleted);
        }
        tell(&gone, &about, journal);
    }
    Ok(())
}

/// The row does not know the node: the log may lie in that of any.
fn leftover(log: RestoreLog) -> Leftover {
    Leftover {
        name: format!(
            "the log {:?} of a restore",
            log.path
                .as_deref()
                .map(Path::to_string_lossy)
                .unwrap_or_default()
        ),
        reason: "its restore is no longer in the catalogue".to_owned(),
        dbname: None,
        doomed: Doomed {
            key: log.id,
            node: None,
            run: None,
            origin: None,
            files: BackupFiles {
                logs: log.path.into_iter().collect(),
                ..BackupFiles::default()
            },
        },
    }
}
