//! What a pass finds at the files of the backups that are to count, before it claims any other.

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::catalogue::backups::file_looks::{self, FilesState};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::BckId;

use crate::journal::Journal;
use crate::pass::Pass;

/// What was found.
#[derive(Debug, Default)]
pub struct Looks {
    /// Their files are whole, as of just now.
    pub whole: Vec<BckId>,
    /// The others.
    pub others: Vec<Other>,
}

/// A backup that counts for nothing.
#[derive(Debug)]
pub struct Other {
    /// The entry.
    pub id: BckId,
    /// What it is a backup of.
    pub origin: Option<BackupOrigin>,
    /// What was found.
    pub state: FilesState,
}

impl Looks {
    /// Why backups of this origin are not judged by what is in the catalogue.
    pub fn unsettled(&self, origin: BackupOrigin) -> Option<String> {
        let other = self
            .others
            .iter()
            .find(|other| other.origin == Some(origin))?;
        Some(format!(
            "backup {} does not count, because {}; the next pass decides again",
            other.id, other.state
        ))
    }
}

/// Looks at the backups that make these ones expendable, and notes what it finds. Where one of them turns out not to count
/// another one takes its place, and is checked in its turn.
///
/// # Errors
/// When the catalogue is unavailable.
pub async fn before_a_claim(
    pass: &Pass,
    doomed: &[BckId],
    journal: &mut Journal,
) -> Result<Looks, TaskError> {
    if doomed.is_empty() {
        return Ok(Looks::default());
    }
    let (client, server, as_of) = (&*pass.session, pass.server.id, pass.as_of);
    let mut looks = Looks::default();
    let mut seen = BTreeSet::new();
    let mut newly_damaged = false;
    loop {
        let listed = file_looks::to_look_at(client, server, doomed, as_of);
        let mut asked = pass.ask(listed).await?;
        asked.retain(|backup| seen.insert(backup.id));
        if asked.is_empty() {
            break;
        }
        let origins: BTreeMap<BckId, _> = asked
            .iter()
            .map(|backup| {
                (
                    backup.id,
                    (backup.origin, backup.node, backup.known.clone()),
                )
            })
            .collect();
        let found = {
            let mut looker = pass.looker.lock().await;
            looker.look(&pass.places, asked).await
        };
        let all_whole = found.iter().all(|(_, state)| *state == FilesState::Whole);
        if !pass.daemon.dry_run {
            pass.ask(file_looks::record(client, as_of, &found)).await?;
        }
        for (id, state) in found {
            match state {
                FilesState::Whole => looks.whole.push(id),
                state => {
                    let (origin, node, known) = &origins[&id];
                    if known.as_deref() == Some("damaged") && state.code() == "damaged" {
                        continue;
                    }
                    let text = format!("backup {id} does not count: {state}");
                    pass.span_of(Some(*node), None)
                        .in_scope(|| journal.problem(&text));
                    newly_damaged |= state.code() == "damaged";
                    looks.others.push(Other {
                        id,
                        origin: *origin,
                        state,
                    });
                }
            }
        }
        if all_whole {
            break;
        }
    }
    if newly_damaged && !pass.daemon.dry_run {
        // Whatever did that may have done it to others: they are checked in this pass, and told of together.
        pass.ask(file_looks::hasten(client, server)).await?;
    }
    Ok(looks)
}
