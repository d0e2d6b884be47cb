//! What is wrong, and how bad it is.

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::alerts::signs_of_life::{Daemon, DaemonLife, DaemonState};
use pgbackman_core::catalogue::backups::partition_space::PartitionSpace;
use pgbackman_core::catalogue::monitoring::DefinitionState;
use pgbackman_core::domain::catalogue_server::Standing;
use pgbackman_core::domain::status::ExecutionStatus;

use super::line::{Measured, Verdict};
use super::{Level, Limits, Pair, Picture};

/// Control looks at the file systems every minute: what it has not seen for so long it cannot look at.
const SPACE_IS_OLD: TimeDelta = TimeDelta::minutes(15);

/// Judges all of it.
pub fn judge(picture: &Picture, limits: &Limits) -> Verdict {
    let mut verdict = Verdict::default();
    definitions(picture, limits, &mut verdict);
    daemons(picture, limits, &mut verdict);
    super::files::judge(picture, &mut verdict);
    queues(picture, limits, &mut verdict);
    spaces(picture, limits, &mut verdict);
    catalogue_server(picture, &mut verdict);
    verdict
}

/// One that cannot be started again takes all bookkeeping with it when it stops.
fn catalogue_server(picture: &Picture, verdict: &mut Verdict) {
    let Some(standing) = picture.catalogue_server else {
        return;
    };
    let level = match standing {
        Standing::Current => return,
        Standing::Outdated { .. } => Level::Warning,
        Standing::Removed { .. } => Level::Critical,
    };
    if let Some(problem) = standing.problem() {
        verdict.add(level, &problem);
    }
}

fn definitions(picture: &Picture, limits: &Limits, verdict: &mut Verdict) {
    let scheduled: Vec<&DefinitionState> = picture
        .definitions
        .iter()
        .filter(|definition| definition.is_scheduled())
        .collect();
    verdict.scheduled = scheduled.len();
    verdict.stopped = picture.definitions.len() - scheduled.len();
    if picture.definitions.is_empty() {
        verdict.add(
            Level::Warning,
            "there is no backup definition: nothing is backed up",
        );
    }
    let (mut failing, mut most_missed, mut oldest) = (0, 0, None);
    for definition in scheduled {
        failing += u64::from(status(definition, verdict) == Level::Critical);
        let missed = u64::try_from(definition.missed.count).unwrap_or(u64::MAX);
        most_missed = most_missed.max(missed);
        let level = limits.missed.of(missed);
        if level > Level::Ok {
            let since = definition.missed.first.map(shown).unwrap_or_default();
            let text = format!("{} missed {missed} runs since {since}", named(definition));
            verdict.add(level, &text);
        }
        let age = age(definition, picture.now);
        oldest = oldest.max(Some(age));
        let level = limits.age.of(age);
        if level > Level::Ok {
            let last = definition.last_usable.map_or_else(
                || "was never backed up".to_owned(),
                |last| format!("was last backed up {}", shown(last.finished)),
            );
            verdict.add(level, &format!("{} {last}", named(definition)));
        }
    }
    verdict.measure("definitions", verdict.scheduled as u64, Measured::Plain);
    verdict.measure("failing", failing, Measured::More(Pair::new(1, 1)));
    verdict.measure("missed", most_missed, Measured::More(limits.missed));
    if let Some(oldest) = oldest {
        verdict.measure("oldest", oldest, Measured::Seconds(limits.age));
    }
}

/// How the last run ended, and whether there can be a next one.
fn status(definition: &DefinitionState, verdict: &mut Verdict) -> Level {
    if let Some(problem) = &definition.problem {
        verdict.add(
            Level::Critical,
            &format!("{} cannot be scheduled: {problem}", named(definition)),
        );
    }
    let Some(run) = definition.last_run else {
        return Level::Ok;
    };
    let when = run.finished.map(shown).unwrap_or_default();
    let (level, text) = match run.status {
        ExecutionStatus::Succeeded => return Level::Ok,
        ExecutionStatus::Warning => (Level::Warning, format!("ended with a WARNING {when}")),
        ExecutionStatus::Error => (
            Level::Critical,
            format!(
                "failed {when}, {} times since its last backup",
                definition.failures
            ),
        ),
    };
    verdict.add(level, &format!("{} {text}", named(definition)));
    level
}

/// Seconds since the last usable backup was complete; of one that has none, since it was defined.
fn age(definition: &DefinitionState, now: DateTime<Utc>) -> u64 {
    let since = definition
        .last_usable
        .map_or(definition.registered, |last| last.finished);
    u64::try_from((now - since).num_seconds()).unwrap_or(0)
}

fn daemons(picture: &Picture, limits: &Limits, verdict: &mut Verdict) {
    let (mut down, mut pending, mut refused, mut undelivered) = (0, 0, 0, 0);
    for life in &picture.lives {
        if life.state != DaemonState::Alive {
            down += 1;
            verdict.add(needed(life), &silence(life));
        }
        let facts = &life.facts;
        match life.daemon {
            Daemon::Control => {
                let waiting = facts.pending_files.unwrap_or(0);
                pending = waiting.max(pending);
                let level = limits.pending.of(waiting);
                if level > Level::Ok {
                    let text = format!("{waiting} results wait in files on {}", life.server_fqdn);
                    verdict.add(level, &text);
                }
                let aside = facts.refused_files.unwrap_or(0);
                refused += aside;
                if aside > 0 {
                    let text = format!("{aside} results could not be read on {}", life.server_fqdn);
                    verdict.add(Level::Warning, &text);
                }
                failing(life, "cannot bring everything up to date", verdict);
            }
            Daemon::Maintenance => failing(life, "has problems", verdict),
            Daemon::Alerts => {
                undelivered += facts.failing.unwrap_or(0);
                failing(life, "cannot deliver alerts", verdict);
            }
            Daemon::Exporter => {}
        }
    }
    verdict.measure("daemons_down", down, Measured::More(Pair::new(1, 1)));
    verdict.measure("pending", pending, Measured::More(limits.pending));
    verdict.measure("refused", refused, Measured::More(warning_from(1)));
    verdict.measure("undelivered", undelivered, Measured::More(warning_from(1)));
}

const fn warning_from(warning: u64) -> Pair {
    Pair {
        warning: Some(warning),
        critical: None,
    }
}

/// Without control and maintenance no backup is scheduled, registered or deleted.
fn needed(life: &DaemonLife) -> Level {
    match life.daemon {
        Daemon::Control | Daemon::Maintenance => Level::Critical,
        Daemon::Alerts | Daemon::Exporter => Level::Warning,
    }
}

fn silence(life: &DaemonLife) -> String {
    let who = format!("{} on {}", life.daemon, life.server_fqdn);
    let seen = life.last_seen.map(shown).unwrap_or_default();
    match life.state {
        DaemonState::Never => format!("{who} was never heard of"),
        DaemonState::Stopped => format!("{who} was stopped {seen}"),
        DaemonState::Late | DaemonState::Alive => format!("{who} was last heard of {seen}"),
    }
}

fn failing(life: &DaemonLife, what: &str, verdict: &mut Verdict) {
    let count = life.facts.failing.unwrap_or(0);
    if count > 0 {
        let error = life.facts.last_error.as_deref().unwrap_or("see its log");
        let who = format!("{} on {}", life.daemon, life.server_fqdn);
        verdict.add(Level::Warning, &format!("{who} {what} ({count}): {error}"));
    }
}

fn queues(picture: &Picture, limits: &Limits, verdict: &mut Verdict) {
    let (mut waiting, mut longest) = (0, 0);
    for queue in &picture.queues {
        waiting += queue.length;
        longest = longest.max(queue.oldest_seconds);
        let level = limits.queue.of(queue.oldest_seconds);
        if queue.length > 0 && level > Level::Ok {
            let text = format!(
                "{} jobs wait for control on {} for up to {} s",
                queue.length, queue.server_fqdn, queue.oldest_seconds
            );
            verdict.add(level, &text);
        }
    }
    verdict.measure("queue", waiting, Measured::Plain);
    verdict.measure("queue_age", longest, Measured::Seconds(limits.queue));
}

fn spaces(picture: &Picture, limits: &Limits, verdict: &mut Verdict) {
    let mut least: Option<f64> = None;
    for space in &picture.spaces {
        let free = percent(space);
        least = Some(least.map_or(free, |least| least.min(free)));
        let level = limits.free_percent.of_rest(free);
        let place = format!("{} on {}", space.path, space.server_fqdn);
        if level > Level::Ok {
            verdict.add(level, &format!("{place} has {free:.1} % free"));
        }
        if space.observed + SPACE_IS_OLD < picture.now {
            let text = format!(
                "{place} could not be looked at since {}",
                shown(space.observed)
            );
            verdict.add(Level::Warning, &text);
        }
    }
    if let Some(least) = least {
        verdict.measure_percent("free", least, limits.free_percent);
    }
}

#[allow(clippy::cast_precision_loss)] // Good enough for a percentage.
fn percent(space: &PartitionSpace) -> f64 {
    if space.total_bytes == 0 {
        return 0.0;
    }
    space.free_bytes as f64 * 100.0 / space.total_bytes as f64
}

fn named(definition: &DefinitionState) -> String {
    format!("DefID {} ({})", definition.id, definition.place())
}

fn shown(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
