//! Definitions: how the last run ended, whether there is a usable backup and how old it is, whether there can be a next run.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::judgement::{Judgement, Measured, Window, counted, shown};
use super::{Kind, Level, Limits, Pair, Picture};
use crate::catalogue::monitoring::DefinitionState;
use crate::domain::status::{ExecutionStatus, JobStatus};

/// How many databases without a definition are named.
const NAMED: usize = 3;

pub(super) fn judge(picture: &Picture, limits: &Limits, judgement: &mut Judgement) {
    let scheduled: Vec<&DefinitionState> = picture
        .definitions
        .iter()
        .filter(|definition| definition.is_scheduled())
        .collect();
    judgement.scheduled = scheduled.len();
    judgement.windows = windows(picture);
    let in_windows: usize = judgement.windows.iter().map(|one| one.definitions).sum();
    judgement.stopped = picture.definitions.len() - scheduled.len() - in_windows;
    if picture.definitions.is_empty() {
        let text = "there are no backup definitions: nothing is backed up";
        judgement.add(Kind::NothingScheduled, Level::Warning, text);
    } else if scheduled.is_empty() && in_windows == 0 {
        let text = format!(
            "no backup definition is scheduled ({} stopped): nothing is backed up",
            judgement.stopped
        );
        judgement.add(Kind::NothingScheduled, Level::Warning, text);
    }
    let (mut failing, mut unprotected, mut most_missed, mut oldest) = (0, 0, 0, None);
    for definition in scheduled {
        let failed = last_run(definition, judgement);
        failing += u64::from(failed);
        cannot_run(definition, judgement);
        let missed = u64::try_from(definition.missed.count).unwrap_or(u64::MAX);
        most_missed = most_missed.max(missed);
        let level = limits.missed.of(missed);
        if level > Level::Ok {
            let since = definition.missed.first.map(shown).unwrap_or_default();
            let text = format!("{} missed {missed} runs since {since}", named(definition));
            judgement.add(Kind::Missed, level, text);
        }
        let age = age(definition, picture.now);
        oldest = oldest.max(Some(age));
        unprotected += u64::from(definition.last_usable.is_none());
        let is_named = failed || level > Level::Ok;
        newest_backup(definition, (limits.age, age), is_named, judgement);
    }
    stopped_nodes(picture, judgement);
    undefined(picture, judgement);
    judgement.measure("definitions", judgement.scheduled as u64, Measured::Plain);
    judgement.measure("failing", failing, Measured::More(Pair::new(1, 1)));
    judgement.measure("missed", most_missed, Measured::More(limits.missed));
    if let Some(oldest) = oldest {
        judgement.measure("oldest", oldest, Measured::Seconds(limits.age));
    }
    judgement.measure(
        "without_backup",
        unprotected,
        Measured::More(Pair::warning(1)),
    );
    judgement.measure(
        "undefined",
        picture.undefined.len() as u64,
        Measured::More(Pair::warning(1)),
    );
}

/// How the last run ended; whether it failed.
fn last_run(definition: &DefinitionState, judgement: &mut Judgement) -> bool {
    let Some(run) = definition.last_run else {
        return false;
    };
    let when = run.finished.map(shown).unwrap_or_default();
    match run.status {
        ExecutionStatus::Succeeded => false,
        ExecutionStatus::Warning => {
            let text = format!("{} ended with a WARNING {when}", named(definition));
            judgement.add(Kind::EndedWithWarning, Level::Warning, text);
            false
        }
        ExecutionStatus::Error => {
            let text = format!(
                "{} failed {when}, {} times since its last backup",
                named(definition),
                definition.failures
            );
            judgement.add(Kind::Failed, Level::Critical, text);
            true
        }
    }
}

/// Whether there can be a next run.
fn cannot_run(definition: &DefinitionState, judgement: &mut Judgement) {
    if let Some(problem) = &definition.problem {
        let text = format!("{} cannot be scheduled: {problem}", named(definition));
        judgement.add(Kind::NotInCrontab, Level::Critical, text);
    }
    if definition.never_runs {
        let text = format!(
            "{} never runs: no date matches its schedule",
            named(definition)
        );
        judgement.add(Kind::NeverRuns, Level::Critical, text);
    }
}

/// Whether there is a usable backup, and one that is not too old: by the limits, or else by the schedule. What has a concern
/// that says more already (`is_named`) is not named again because of its schedule.
fn newest_backup(
    definition: &DefinitionState,
    (limits, age): (Pair, u64),
    is_named: bool,
    judgement: &mut Judgement,
) {
    let by_limit = limits.of(age);
    let Some(last) = definition.last_usable else {
        let text = format!("{} has no usable backup", named(definition));
        judgement.add(Kind::NoBackup, by_limit.max(Level::Warning), text);
        return;
    };
    let overdue = definition.running_since.is_none()
        && definition
            .stale_before
            .is_some_and(|before| last.finished < before);
    let by_schedule = limits.warning.is_none() && !is_named && overdue;
    if by_limit > Level::Ok || by_schedule {
        let text = format!(
            "{} was last backed up {}",
            named(definition),
            shown(last.finished)
        );
        judgement.add(Kind::TooOld, by_limit.max(Level::Warning), text);
    }
}

/// Seconds since the last usable backup was complete; of one that has none, since it was defined.
fn age(definition: &DefinitionState, now: DateTime<Utc>) -> u64 {
    let since = definition
        .last_usable
        .map_or(definition.registered, |last| last.finished);
    u64::try_from((now - since).num_seconds()).unwrap_or(0)
}

/// The nodes of ACTIVE definitions that are in a maintenance window. An operator has announced that nothing runs there, and until when.
fn windows(picture: &Picture) -> Vec<Window> {
    let mut found: BTreeMap<_, Window> = BTreeMap::new();
    for definition in &picture.definitions {
        let Some(until) = definition
            .window_until
            .filter(|_| definition.is_in_window())
        else {
            continue;
        };
        let window = found.entry(definition.node).or_insert_with(|| Window {
            node: format!("{}:{}", definition.node_fqdn, definition.port),
            until,
            definitions: 0,
        });
        window.definitions += 1;
    }
    found.into_values().collect()
}

/// ACTIVE definitions do not run while their node is STOPPED, which no other list of definitions makes obvious.
fn stopped_nodes(picture: &Picture, judgement: &mut Judgement) {
    let mut waiting: BTreeMap<_, (String, usize)> = BTreeMap::new();
    for definition in &picture.definitions {
        let is_active = definition.job_status == JobStatus::Active;
        if is_active && !definition.is_scheduled() && !definition.is_in_window() {
            let name = || format!("{}:{}", definition.node_fqdn, definition.port);
            waiting
                .entry(definition.node)
                .or_insert_with(|| (name(), 0))
                .1 += 1;
        }
    }
    for (name, count) in waiting.into_values() {
        let text = format!(
            "PgSQL node {name} is STOPPED: {} on it {} not run",
            counted(count, "ACTIVE backup definition"),
            if count == 1 { "does" } else { "do" }
        );
        judgement.add(Kind::NodeStopped, Level::Warning, text);
    }
}

/// Databases that nobody backs up, a concern for each node.
fn undefined(picture: &Picture, judgement: &mut Judgement) {
    let mut by_node: BTreeMap<_, (String, Vec<&str>)> = BTreeMap::new();
    for database in &picture.undefined {
        let name = || format!("{}:{}", database.node_fqdn, database.port);
        by_node
            .entry(database.node)
            .or_insert_with(|| (name(), Vec::new()))
            .1
            .push(&database.dbname);
    }
    for (node, names) in by_node.into_values() {
        let mut shown = names[..names.len().min(NAMED)].join(", ");
        if names.len() > NAMED {
            shown.push_str(", …");
        }
        let text = format!(
            "{} on {node} without a backup definition: {shown}",
            counted(names.len(), "database")
        );
        judgement.add(Kind::NoDefinition, Level::Warning, text);
    }
}

fn named(definition: &DefinitionState) -> String {
    format!("DefID {} ({})", definition.id, definition.place())
}
