//! Once a day every kept backup of this server is checked: pinned ones, snapshots and damaged ones too. What was found is noted
//! batch by batch, so that a pass that was ended continues there.

use std::collections::BTreeMap;

use pgbackman_core::catalogue::backups::file_looks::{self, FilesState, LookedFor};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::ids::{BckId, NodeId};

use crate::batch::BATCH;
use crate::journal::Journal;
use crate::pass::Pass;
use crate::steps::Step;

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    if pass.daemon.dry_run {
        return Ok(());
    }
    let (client, server, as_of) = (&*pass.session, pass.server.id, pass.as_of);
    let Some(mut reached) = pass.ask(file_looks::begin(client, server, as_of)).await? else {
        return Ok(());
    };
    let mut report = Report::default();
    while !pass.daemon.is_stopping() {
        let listed = file_looks::next(client, server, reached, BATCH.into());
        let batch = pass.ask(listed).await?;
        let Some(last) = batch.last().map(|backup| backup.id) else {
            pass.ask(file_looks::end(client, server, as_of)).await?;
            break;
        };
        let known: BTreeMap<BckId, (NodeId, bool)> = batch.iter().map(known).collect();
        let found = {
            let mut looker = pass.looker.lock().await;
            looker.look(&pass.places, batch).await
        };
        let noted = file_looks::note(client, server, as_of, &found, last);
        pass.ask(noted).await?;
        pass.daemon.reached(Step::FilesLookedAt);
        reached = last;
        for (id, state) in found {
            if let Some((node, was_damaged)) = known.get(&id) {
                report.add(*node, *was_damaged, id, state);
            }
        }
    }
    report.say(pass, journal);
    Ok(())
}

/// Its node, and whether it is known to be damaged.
fn known(backup: &LookedFor) -> (BckId, (NodeId, bool)) {
    let is_damaged = backup.known.as_deref() == Some("damaged");
    (backup.id, (backup.node, is_damaged))
}

/// What is said of a look: a line for each node and kind of thing, however many backups it is about.
#[derive(Default)]
struct Report {
    damaged: BTreeMap<NodeId, (u64, BckId, FilesState)>,
    unseen: BTreeMap<NodeId, (u64, BckId, FilesState)>,
}

impl Report {
    /// What was known to be damaged, and is, was told.
    fn add(&mut self, node: NodeId, was_damaged: bool, id: BckId, state: FilesState) {
        let of_kind = match state {
            FilesState::Damaged(_) if !was_damaged => &mut self.damaged,
            FilesState::NotLookedAt(_) => &mut self.unseen,
            FilesState::Damaged(_) | FilesState::Whole => return,
        };
        of_kind.entry(node).or_insert((0, id, state)).0 += 1;
    }

    fn say(self, pass: &Pass, journal: &mut Journal) {
        for (node, (count, id, state)) in self.damaged.into_iter().chain(self.unseen) {
            let others = match count - 1 {
                0 => String::new(),
                1 => "; also 1 other backup of this node".to_owned(),
                others => format!("; also {others} other backups of this node"),
            };
            let text = format!("backup {id}: {state}{others}");
            pass.span_of(Some(node), None)
                .in_scope(|| journal.problem(&text));
        }
    }
}
