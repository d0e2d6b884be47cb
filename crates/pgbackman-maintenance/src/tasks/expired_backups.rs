//! Backups past their retention: listed, looked at, claimed, deleted, and then their entries (trap 12).

use std::collections::{BTreeMap, BTreeSet};

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::backups::expired::{self, After, ExpiredBackup, Expiry};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::BckId;

use crate::batch::{self, BATCH, Doomed, Planned};
use crate::groups;
use crate::journal::{About, Journal};
use crate::looks::{self, Looks};
use crate::pass::Pass;
use crate::steps::Step;

/// Where expired backups come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// An earlier pass began to delete them.
    Begun,
    Definitions,
    Snapshots,
}

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    for source in [Source::Begun, Source::Definitions, Source::Snapshots] {
        let mut after = After::default();
        while !pass.daemon.is_stopping() {
            let batch = list(pass, source, after).await?;
            let Some(last) = batch.last() else { break };
            after = place_of(last);
            pass.daemon.reached(Step::Listed);
            delete(pass, source, batch, journal).await?;
        }
    }
    Ok(())
}

async fn list(
    pass: &Pass,
    source: Source,
    after: After,
) -> Result<Vec<ExpiredBackup>, CatalogError> {
    let (client, server) = (&*pass.session, pass.server.id);
    let at_most = i64::from(BATCH);
    match source {
        Source::Begun => {
            pass.ask(expired::begun(client, server, after.backup, at_most))
                .await
        }
        Source::Definitions => {
            let listed = expired::of_definitions(client, server, pass.as_of, after, BATCH.into());
            pass.ask(listed).await
        }
        Source::Snapshots => {
            let listed = expired::of_snapshots(client, server, pass.as_of, after.backup, at_most);
            pass.ask(listed).await
        }
    }
}

fn place_of(backup: &ExpiredBackup) -> After {
    After {
        definition: match backup.origin {
            BackupOrigin::Definition(id) => id.get(),
            BackupOrigin::Snapshot(_) => 0,
        },
        backup: backup.id.get(),
    }
}

async fn delete(
    pass: &Pass,
    source: Source,
    mut batch: Vec<ExpiredBackup>,
    journal: &mut Journal,
) -> Result<(), TaskError> {
    if source == Source::Begun {
        let ids: Vec<BckId> = batch.iter().map(|backup| backup.id).collect();
        let waiting = groups::waiting(pass, &ids).await?;
        batch.retain(|backup| match waiting.get(&backup.id) {
            Some(reason) => {
                about(pass, backup).stays(reason, journal);
                false
            }
            None => true,
        });
    }
    let left = attempt(pass, source, batch, journal).await?;
    if left.is_empty() {
        return Ok(());
    }
    // What was not claimed has become needed, or has a file in common with others (trap 29b).
    let groups = groups::judge(pass, left.keys().copied().collect()).await?;
    let mut still_left = BTreeMap::new();
    if !groups.together.is_empty() {
        let ids: Vec<BckId> = groups.together.iter().copied().collect();
        let listed = expired::by_ids(&*pass.session, &ids, pass.as_of);
        let together = pass.ask(listed).await?;
        still_left = attempt(pass, source, together, journal).await?;
    }
    for (id, reason) in &groups.kept_back {
        if let Some(about) = left.get(id).or_else(|| still_left.get(id)) {
            about.stays(reason, journal);
        }
    }
    Ok(())
}

/// Deletes what may be deleted of a batch. Returns what the catalogue did not let go.
async fn attempt(
    pass: &Pass,
    source: Source,
    batch: Vec<ExpiredBackup>,
    journal: &mut Journal,
) -> Result<BTreeMap<BckId, About>, TaskError> {
    let about: BTreeMap<BckId, About> = batch
        .iter()
        .map(|backup| (backup.id, about(pass, backup)))
        .collect();
    let origins: BTreeMap<BckId, BackupOrigin> = batch
        .iter()
        .map(|backup| (backup.id, backup.origin))
        .collect();
    let doomed = batch.into_iter().map(|backup| Doomed {
        key: backup.id,
        node: Some(backup.node),
        run: backup.run,
        origin: Some(backup.origin),
        files: backup.files,
    });
    let (planned, refused) = batch::look_at(pass, doomed.collect()).await;
    for (id, reason) in refused {
        about[&id].cannot_go(&reason, journal);
    }
    let looked_at: Vec<BckId> = planned.iter().map(|(id, _)| *id).collect();
    let looks = match source {
        Source::Definitions | Source::Snapshots => {
            looks::before_a_claim(pass, &looked_at, journal).await?
        }
        Source::Begun => Looks::default(),
    };
    if pass.daemon.dry_run {
        let unsettled = |id: &BckId| looks.unsettled(origins[id]);
        say_what_would_go(pass, &planned, unsettled, &about, journal).await?;
        return Ok(BTreeMap::new());
    }
    let claimed = match source {
        Source::Begun => planned,
        Source::Definitions | Source::Snapshots => claim(pass, planned, &looks.whole).await?,
    };
    let ours: BTreeSet<BckId> = claimed.iter().map(|(id, _)| *id).collect();
    let left = looked_at
        .into_iter()
        .filter(|id| !ours.contains(id))
        .map(|id| (id, about[&id].clone()))
        .collect();
    let removed = batch::remove(pass, claimed).await;
    for (id, reason) in removed.untouched.iter().chain(&removed.unfinished) {
        about[id].cannot_go(reason, journal);
    }
    if source != Source::Begun && !removed.untouched.is_empty() {
        let untouched: Vec<BckId> = removed.untouched.iter().map(|(id, _)| *id).collect();
        pass.ask(expired::release(&*pass.session, &untouched))
            .await?;
    }
    delete_entries(pass, &removed.gone, &about, journal).await?;
    Ok(left)
}

async fn say_what_would_go(
    pass: &Pass,
    planned: &[Planned<BckId>],
    unsettled: impl Fn(&BckId) -> Option<String>,
    about: &BTreeMap<BckId, About>,
    journal: &mut Journal,
) -> Result<(), TaskError> {
    let ids = planned.iter().map(|(id, _)| *id).collect();
    let groups = groups::judge(pass, ids).await?;
    for (id, _) in planned {
        match groups.kept_back.get(id).cloned().or_else(|| unsettled(id)) {
            Some(reason) => about[id].stays(&reason, journal),
            None => about[id].would_delete(journal),
        }
    }
    Ok(())
}

/// What may still go, after the catalogue has judged again under its locks.
async fn claim(
    pass: &Pass,
    planned: Vec<Planned<BckId>>,
    seen: &[BckId],
) -> Result<Vec<Planned<BckId>>, TaskError> {
    let ids: Vec<BckId> = planned.iter().map(|(id, _)| *id).collect();
    if ids.is_empty() {
        return Ok(planned);
    }
    let claimed: BTreeSet<BckId> = pass
        .ask(expired::claim(
            &*pass.session,
            pass.server.id,
            &ids,
            pass.as_of,
            seen,
        ))
        .await?
        .into_iter()
        .collect();
    pass.daemon.reached(Step::Claimed);
    let kept = planned.into_iter().filter(|(id, _)| claimed.contains(id));
    Ok(kept.collect())
}

/// The files are gone: now the entries. If the catalogue refuses one, the others go all the same.
async fn delete_entries(
    pass: &Pass,
    gone: &[BckId],
    about: &BTreeMap<BckId, About>,
    journal: &mut Journal,
) -> Result<(), TaskError> {
    if gone.is_empty() {
        return Ok(());
    }
    let client = &*pass.session;
    let together = pass.ask(expired::delete_claimed(client, gone)).await;
    let mut refused = BTreeSet::new();
    match together {
        Ok(_) => {}
        Err(error) if error.is_unavailable() => return Err(error.into()),
        Err(_) => {
            for id in gone {
                match pass.ask(expired::delete_claimed(client, &[*id])).await {
                    Ok(_) => {}
                    Err(error) if error.is_unavailable() => return Err(error.into()),
                    Err(error) => {
                        let text = format!("{}: {error}", about[id].what);
                        about[id].place.in_scope(|| journal.problem(&text));
                        refused.insert(*id);
                    }
                }
            }
        }
    }
    pass.daemon.reached(Step::RowsDeleted);
    for id in gone.iter().filter(|id| !refused.contains(id)) {
        about[id].deleted(journal);
    }
    Ok(())
}

fn about(pass: &Pass, backup: &ExpiredBackup) -> About {
    About {
        what: name(backup),
        why: reason(&backup.expiry),
        place: pass.span_of(Some(backup.node), Some(&backup.dbname)),
    }
}

fn name(backup: &ExpiredBackup) -> String {
    let origin = match backup.origin {
        BackupOrigin::Definition(id) => format!("definition {id}"),
        BackupOrigin::Snapshot(id) => format!("snapshot {id}"),
    };
    let finished = backup.finished.map_or_else(String::new, |finished| {
        format!(", finished {}", finished.format("%Y-%m-%d %H:%M:%S UTC"))
    });
    format!(
        "backup {} of {origin} (database {:?} of node {}{finished})",
        backup.id, backup.dbname, backup.node
    )
}

fn reason(expiry: &Expiry) -> String {
    let time =
        |time: &chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%d %H:%M:%S UTC").to_string();
    match expiry {
        Expiry::Begun { since } => {
            format!("an earlier pass began to delete it at {}", time(since))
        }
        Expiry::Period {
            period,
            ended,
            newer_succeeded,
        } => {
            let newer = newer_succeeded.map_or_else(String::new, |newer| {
                format!("; {newer} newer backups have SUCCEEDED")
            });
            format!(
                "its retention period of {period} ended at {}{newer}",
                time(ended)
            )
        }
    }
}
