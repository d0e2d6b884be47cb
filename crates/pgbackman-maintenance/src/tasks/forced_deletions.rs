//! The files of backups whose definition was deleted with force: by an operator, or at the end of a quarantine.

use pgbackman_core::catalogue::backups::leftovers::{self, ForcedDeletion};
use pgbackman_core::daemon::question::TaskError;

use super::leftovers::{Leftover, delete_files, tell};
use crate::batch::{BATCH, Doomed};
use crate::journal::Journal;
use crate::pass::Pass;
use crate::steps::Step;

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    let client = &*pass.session;
    let mut after = 0;
    while !pass.daemon.is_stopping() {
        let listed = leftovers::forced(client, pass.server.id, after, BATCH.into());
        let batch = pass.ask(listed).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        pass.daemon.reached(Step::Listed);
        let batch = batch.into_iter().map(leftover).collect();
        let (gone, about) = delete_files(pass, batch, journal).await?;
        if !gone.is_empty() {
            pass.ask(leftovers::forget_forced(client, &gone)).await?;
            pass.daemon.reached(Step::RowsDeleted);
        }
        tell(&gone, &about, journal);
    }
    Ok(())
}

fn leftover(entry: ForcedDeletion) -> Leftover {
    Leftover {
        name: format!("the files of backup {}", entry.backup),
        reason: "its definition was deleted with force".to_owned(),
        dbname: None,
        doomed: Doomed {
            key: entry.id,
            node: entry.node,
            run: None,
            origin: entry.origin,
            files: entry.files,
        },
    }
}
