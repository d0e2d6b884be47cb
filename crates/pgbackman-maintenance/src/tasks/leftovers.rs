//! What forced deletions and orphans have in common: files whose backup is no entry of the catalogue any more.

use std::collections::BTreeMap;
use std::path::Path;

use pgbackman_core::catalogue::backups::shared_files;
use pgbackman_core::daemon::question::TaskError;

use crate::batch::{self, Doomed};
use crate::journal::{About, Journal};
use crate::pass::Pass;

/// A row with its name and the reason why its files go.
pub(super) struct Leftover {
    pub(super) doomed: Doomed<i64>,
    pub(super) name: String,
    pub(super) reason: String,
    /// Its database, where that is known.
    pub(super) dbname: Option<String>,
}

/// Deletes the files of a batch. Returns the rows whose files are gone; in a dry run there are none.
pub(super) async fn delete_files(
    pass: &Pass,
    batch: Vec<Leftover>,
    journal: &mut Journal,
) -> Result<(Vec<i64>, BTreeMap<i64, About>), TaskError> {
    let mut about = BTreeMap::new();
    let mut doomed = Vec::new();
    for leftover in batch {
        let place = pass.span_of(leftover.doomed.node, leftover.dbname.as_deref());
        let (what, why) = (leftover.name, leftover.reason);
        about.insert(leftover.doomed.key, About { what, why, place });
        doomed.push(leftover.doomed);
    }
    leave_to_backups(pass, &mut doomed, &about, journal).await?;
    let (planned, refused) = batch::look_at(pass, doomed).await;
    for (id, reason) in refused {
        about[&id].cannot_go(&reason, journal);
    }
    if pass.daemon.dry_run {
        for (id, _) in planned {
            about[&id].would_delete(journal);
        }
        return Ok((Vec::new(), about));
    }
    let removed = batch::remove(pass, planned).await;
    for (id, reason) in removed.untouched.iter().chain(&removed.unfinished) {
        about[id].cannot_go(reason, journal);
    }
    Ok((removed.gone, about))
}

/// What is also a file of a backup in the catalogue is that backup's, and goes with it (trap 29b).
async fn leave_to_backups(
    pass: &Pass,
    doomed: &mut [Doomed<i64>],
    about: &BTreeMap<i64, About>,
    journal: &mut Journal,
) -> Result<(), TaskError> {
    let paths: Vec<&Path> = doomed.iter().flat_map(|one| one.files.paths()).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let (client, server) = (&*pass.session, pass.server.id);
    let named = pass
        .ask(shared_files::named(client, server, &paths))
        .await?;
    if named.is_empty() {
        return Ok(());
    }
    for one in doomed {
        for path in one.files.leave_out(|path| named.contains_key(path)) {
            let About { what, place, .. } = &about[&one.key];
            let text = format!(
                "{what}: keeping {}, because it is also a file of backup {}",
                path.display(),
                named[&path]
            );
            place.in_scope(|| journal.stays(&text));
        }
    }
    Ok(())
}

/// The rows are gone, too.
pub(super) fn tell(gone: &[i64], about: &BTreeMap<i64, About>, journal: &mut Journal) {
    for id in gone {
        about[id].deleted(journal);
    }
}
