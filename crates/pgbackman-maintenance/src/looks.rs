//! What a pass finds at the files of the backups that are to count, before it claims any other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use pgbackman_core::catalog::file_looks::{self, FilesState, LookedFor};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::BckId;

use crate::journal::Journal;
use crate::look::look;
use crate::open_areas::OpenAreas;
use crate::world::{Failure, Situation, blocking};

/// Whoever has not answered by then is not waited for: a file system that is away may answer never.
const LIMIT: Duration = Duration::from_secs(600);

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
    /// Why backups of this origin are not judged by what stands in the catalogue.
    pub fn unsettled(&self, origin: BackupOrigin) -> Option<String> {
        let other = self
            .others
            .iter()
            .find(|other| other.origin == Some(origin))?;
        Some(format!(
            "backup {} counts for nothing, since {}: a pass judges again",
            other.id, other.state
        ))
    }
}

/// Looks at the backups that make these ones expendable, and notes what it finds. Where one of them turns out not to count
/// another one takes its place, and is looked at in its turn.
///
/// # Errors
/// When the catalogue is away.
pub async fn before_a_claim(
    situation: &Situation,
    doomed: &[BckId],
    journal: &mut Journal,
) -> Result<Looks, Failure> {
    if doomed.is_empty() {
        return Ok(Looks::default());
    }
    let (client, server, as_of) = (&*situation.session, situation.server.id, situation.as_of);
    let mut looks = Looks::default();
    let mut seen = BTreeSet::new();
    loop {
        let listed = file_looks::to_look_at(client, server, doomed, as_of);
        let mut asked = situation.ask(listed).await?;
        asked.retain(|backup| seen.insert(backup.id));
        if asked.is_empty() {
            return Ok(looks);
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
        let found = at_files(situation, asked).await?;
        let all_whole = found.iter().all(|(_, state)| *state == FilesState::Whole);
        if !situation.world.dry_run {
            situation
                .ask(file_looks::record(client, as_of, &found))
                .await?;
        }
        for (id, state) in found {
            match state {
                FilesState::Whole => looks.whole.push(id),
                state => {
                    let (origin, node, known) = &origins[&id];
                    if known.as_deref() == Some("damaged") && state.code() == "damaged" {
                        continue;
                    }
                    let text = format!("backup {id} counts for nothing: {state}");
                    situation
                        .place(Some(*node), None)
                        .in_scope(|| journal.problem(&text));
                    looks.others.push(Other {
                        id,
                        origin: *origin,
                        state,
                    });
                }
            }
        }
        if all_whole {
            return Ok(looks);
        }
    }
}

/// Looks at the files of these backups.
async fn at_files(
    situation: &Situation,
    backups: Vec<LookedFor>,
) -> Result<Vec<(BckId, FilesState)>, Failure> {
    let places = Arc::clone(&situation.places);
    let ids: Vec<BckId> = backups.iter().map(|backup| backup.id).collect();
    let looking = blocking(move || {
        let mut open = OpenAreas::default();
        backups
            .iter()
            .map(|backup| (backup.id, look(&places, &mut open, backup)))
            .collect()
    });
    match tokio::time::timeout(LIMIT, looking).await {
        Ok(found) => found,
        Err(_) => Ok(ids
            .into_iter()
            .map(|id| {
                let reason = format!("no answer within {} s", LIMIT.as_secs());
                (id, FilesState::NotLookedAt(reason))
            })
            .collect()),
    }
}
