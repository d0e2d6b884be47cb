//! Logs of restores that went with their backups.

use std::path::Path;

use pgbackman_core::catalogue::backups::BackupFiles;
use pgbackman_core::catalogue::backups::leftovers::{self, RestoreLog};
use pgbackman_core::daemon::question::TaskError;

use super::leftovers::{Leftover, delete_files, tell};
use crate::batch::{BATCH, Doomed};
use crate::journal::Journal;
use crate::pass::Pass;
use crate::steps::Step;

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    let (client, server) = (&*pass.session, pass.server.id);
    let mut after = 0;
    while !pass.daemon.is_stopping() {
        let listed = leftovers::restore_logs(client, server, after, BATCH.into());
        let batch = pass.ask(listed).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        pass.daemon.reached(Step::Listed);
        let batch = batch.into_iter().map(leftover).collect();
        let (gone, about) = delete_files(pass, batch, journal).await?;
        if !gone.is_empty() {
            pass.ask(leftovers::forget_restore_logs(client, &gone))
                .await?;
            pass.daemon.reached(Step::RowsDeleted);
        }
        tell(&gone, &about, journal);
    }
    Ok(())
}

/// The row does not know the node: the log may be in that of any.
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
