//! Results that arrived after their definition was deleted: their files go after the quarantine.

use pgbackman_core::catalog::backups::leftovers::{self, Orphan};

use super::leftovers::{Leftover, delete_files, tell};
use crate::batch::{BATCH, Doomed};
use crate::journal::Journal;
use crate::steps::Step;
use crate::world::{Failure, Situation};

pub(super) async fn run(situation: &Situation, journal: &mut Journal) -> Result<(), Failure> {
    let (client, server) = (&*situation.session, situation.server.id);
    let mut after = 0;
    while !situation.world.is_stopping() {
        let listed = leftovers::orphans(client, server, situation.as_of, after, BATCH.into());
        let batch = situation.ask(listed).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        situation.world.reached(Step::Listed);
        let batch = batch.into_iter().map(leftover).collect();
        let (gone, about) = delete_files(situation, batch, journal).await?;
        if !gone.is_empty() {
            situation
                .ask(leftovers::forget_orphans(client, &gone))
                .await?;
            situation.world.reached(Step::RowsDeleted);
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
            "its definition is gone, and the quarantine was over at {}",
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
