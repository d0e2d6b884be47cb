//! The files of backups whose definition was deleted with force: by an operator, or at the end of a quarantine.

use pgbackman_core::catalog::backups::leftovers::{self, ForcedDeletion};

use super::leftovers::{Leftover, delete_files, tell};
use crate::batch::{BATCH, Doomed};
use crate::journal::Journal;
use crate::steps::Step;
use crate::world::{Failure, Situation};

pub(super) async fn run(situation: &Situation, journal: &mut Journal) -> Result<(), Failure> {
    let client = &*situation.session;
    let mut after = 0;
    while !situation.world.is_stopping() {
        let listed = leftovers::forced(client, situation.server.id, after, BATCH.into());
        let batch = situation.ask(listed).await?;
        let Some(last) = batch.last() else { break };
        after = last.id;
        situation.world.reached(Step::Listed);
        let batch = batch.into_iter().map(leftover).collect();
        let (gone, about) = delete_files(situation, batch, journal).await?;
        if !gone.is_empty() {
            situation
                .ask(leftovers::forget_forced(client, &gone))
                .await?;
            situation.world.reached(Step::RowsDeleted);
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
