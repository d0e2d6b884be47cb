//! What forced deletions and orphans have in common: files whose backup is no entry of the catalogue any more.

use std::collections::BTreeMap;
use std::path::Path;

use pgbackman_core::catalog::shared_files;

use crate::batch::{self, Doomed};
use crate::journal::Journal;
use crate::world::{Failure, Situation};

/// A row with its name and the reason why its files go.
pub(super) struct Leftover {
    pub(super) doomed: Doomed<i64>,
    pub(super) name: String,
    pub(super) reason: String,
}

/// Deletes the files of a batch. Returns the rows whose files are gone; in a dry run there are none.
pub(super) async fn delete_files(
    situation: &Situation,
    batch: Vec<Leftover>,
    journal: &mut Journal,
) -> Result<(Vec<i64>, BTreeMap<i64, (String, String)>), Failure> {
    let mut about = BTreeMap::new();
    let mut doomed = Vec::new();
    for leftover in batch {
        about.insert(leftover.doomed.key, (leftover.name, leftover.reason));
        doomed.push(leftover.doomed);
    }
    leave_to_backups(situation, &mut doomed, &about, journal).await?;
    let (planned, refused) = batch::look_at(situation, doomed).await?;
    for (id, reason) in refused {
        journal.problem(&format!("{} stays: {reason}", about[&id].0));
    }
    if situation.world.dry_run {
        for (id, _) in planned {
            let (what, why) = &about[&id];
            journal.would_delete(what, why);
        }
        return Ok((Vec::new(), about));
    }
    let removed = batch::remove(situation, planned).await?;
    for (id, reason) in removed.untouched.iter().chain(&removed.unfinished) {
        journal.problem(&format!("{} stays: {reason}", about[id].0));
    }
    Ok((removed.gone, about))
}

/// What is also a file of a backup in the catalogue is that backup's, and goes with it (trap 29b).
async fn leave_to_backups(
    situation: &Situation,
    doomed: &mut [Doomed<i64>],
    about: &BTreeMap<i64, (String, String)>,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let paths: Vec<&Path> = doomed.iter().flat_map(|one| one.files.paths()).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let (client, server) = (&*situation.session, situation.server.id);
    let named = situation
        .ask(shared_files::named(client, server, &paths))
        .await?;
    if named.is_empty() {
        return Ok(());
    }
    for one in doomed {
        for path in one.files.leave_out(|path| named.contains_key(path)) {
            journal.stays(&format!(
                "{}: {} stays, since it is also a file of backup {}",
                about[&one.key].0,
                path.display(),
                named[&path]
            ));
        }
    }
    Ok(())
}

/// The rows are gone, too.
pub(super) fn tell(gone: &[i64], about: &BTreeMap<i64, (String, String)>, journal: &mut Journal) {
    for id in gone {
        let (what, why) = &about[id];
        journal.deleted(what, why);
    }
}
