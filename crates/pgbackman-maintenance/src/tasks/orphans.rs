//! Results that arrived after their definition was deleted: their files go after the quarantine.

use pgbackman_core::catalogue::backups::leftovers::{self, Orphan};
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
        let listed = leftovers::orphans(client, server, pass.as_of, after, BATCH.into());
        let batch = pass.ask(listed).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        pass.daemon.reached(Step::Listed);
        let batch = batch.into_iter().map(leftover).collect();
        let (gone, about) = delete_files(pass, batch, journal).await?;
        if !gone.is_empty() {
            pass.ask(leftovers::forget_orphans(client, &gone)).await?;
            pass.daemon.reached(Step::RowsDeleted);
        }
        tell(&gone, &about, journal);
    }
    Ok(())
}

fn leftover(orphan: Orphan) -> Leftover {
    Leftover {
        name: format!(
            "the files of run {} (database {:?} of node {})",
            orphan.run, orphan.dbname, orphan.node
        ),
        reason: format!(
            "its definition has been deleted, and the quarantine ended at {}",
            orphan.delete_after.format("%Y-%m-%d %H:%M:%S UTC")
        ),
        dbname: Some(orphan.dbname),
        doomed: Doomed {
            key: orphan.id,
            node: Some(orphan.node),
            run: Some(orphan.run),
            origin: orphan.origin,
            files: orphan.files,
        },
    }
}
