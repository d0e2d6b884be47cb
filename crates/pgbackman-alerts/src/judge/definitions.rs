//! Checks of one definition: missed runs, old backups, small backups.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use pgbackman_core::catalogue::alerts::Condition;
use pgbackman_core::catalogue::alerts::alert_facts::{Sizes, Watched};
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::schedule::missed_runs::{
    Certainty, RunTimes, Streak, Timetable, streaks,
};
use pgbackman_core::domain::schedule::time_zone::Zone;
use pgbackman_core::domain::status::{AlertType, ExecutionStatus};
use pgbackman_core::domain::text::shown::span;
use pgbackman_core::domain::text::size::Size;

use super::Finding;

/// A missed run that a later run followed is reported only if it is not older than this.
pub const PAST: TimeDelta = TimeDelta::hours(24);

/// The missing runs of a definition. `told` is the first run of an alert that was already raised and persists: it
/// remains missing even if the catalogue has become less certain since.
pub fn missed(
    watched: &Watched,
    zone: &Zone,
    runs: &[RunTimes],
    certainty: Certainty,
    told: Option<DateTime<Utc>>,
    (grace, now): (TimeDelta, DateTime<Utc>),
) -> Vec<Finding> {
    let words = watched.fields.each_ref().map(String::as_str);
    let schedule = match Schedule::parse(words) {
        Ok(schedule) => schedule,
        Err(error) => return never(watched, &error.to_string(), grace, now),
    };
    let timetable = Timetable {
        schedule: &schedule,
        zone,
        since: watched.since,
    };
    let expected = timetable.lately(watched.since, now);
    let is_told = |due| told == Some(due) || certainty.told_at(due, grace) <= now;
    let past = now - PAST.min(watched.retention);
    let remembered = watched.last_run.map(RunTimes::remembered);
    let runs: Vec<RunTimes> = runs.iter().copied().chain(remembered).collect();
    let found = streaks(&expected, &runs, is_told);
    found
        .into_iter()
        // Runs that ended long ago may not have a row any more.
        .filter(|streak| streak.ended_by.is_none() || streak.first >= past)
        .map(|streak| Finding {
            ended: streak
                .ended_by
                .map(|began| format!("The next run began at {}.", local(began, zone))),
            condition: missed_condition(watched, zone, &schedule, &streak),
        })
        .collect()
}

/// A schedule that cron cannot read, so that control omits it from the crontab.
fn never(watched: &Watched, error: &str, grace: TimeDelta, now: DateTime<Utc>) -> Vec<Finding> {
    if watched.since + grace > now {
        return Vec::new();
    }
    let message = format!("No backup can start: cron would reject the schedule: {error}");
    vec![Finding {
        condition: condition(
            watched,
            AlertType::MissedRun,
            "missed",
            watched.since,
            message,
        ),
        ended: None,
    }]
}

fn missed_condition(
    watched: &Watched,
    zone: &Zone,
    schedule: &Schedule,
    streak: &Streak,
) -> Condition {
    let mut message = format!(
        "No backup began at {}, when cron should have started it (schedule {schedule})",
        local(streak.first, zone)
    );
    // Writing to a text cannot fail.
    if streak.count > 1 {
        let _ = write!(message, ", nor at {} later times", streak.count - 1);
    }
    if streak.ended_by.is_none() {
        message += &watched.last_run.map_or_else(
            || "; no backup has ever begun".to_owned(),
            |last| format!("; the previous run began at {}", local(last, zone)),
        );
    }
    if let Some(problem) = &watched.problem {
        let _ = write!(message, ". Its line is not in the crontab: {problem}");
    }
    condition(
        watched,
        AlertType::MissedRun,
        "missed",
        streak.first,
        message,
    )
}

/// Whether the newest usable backup is too old.
pub fn old(watched: &Watched, limit: TimeDelta, now: DateTime<Utc>) -> Option<Finding> {
    let newest = watched.last_success.unwrap_or(watched.since);
    if newest + limit > now {
        return None;
    }
    let message = match watched.last_success {
        Some(last) => format!(
            "The newest usable backup is of {}, {} ago; the limit is {}",
            utc(last),
            span(now - last),
            span(limit)
        ),
        None => format!(
            "There is no usable backup, {} after the definition was registered or changed",
            span(now - watched.since)
        ),
    };
    Some(Finding {
        condition: condition(watched, AlertType::OldBackup, "old", newest, message),
        ended: None,
    })
}

/// Whether the newest backup is suspiciously small compared with earlier ones.
pub fn small(sizes: &Sizes, percent: u8, minimum: i64) -> Option<Finding> {
    /// Fewer earlier backups are not sufficient for a comparison.
    const FEWEST: usize = 3;
    let (newest, before) = sizes.bytes.split_first()?;
    if percent == 0 || before.len() < FEWEST {
        return None;
    }
    let usual = median(before);
    let is_small = i128::from(*newest) * 100 < i128::from(usual) * i128::from(percent);
    if usual < minimum.max(1) || !is_small {
        return None;
    }
    let message = format!(
        "The backup with BckID {} has {}, {} % of {}, the median of the {} backups before it",
        sizes.newest,
        bytes(*newest),
        i128::from(*newest) * 100 / i128::from(usual),
        bytes(usual),
        before.len()
    );
    Some(Finding {
        condition: Condition {
            kind: AlertType::SmallBackup,
            subject: format!("small:{}", sizes.definition),
            since: sizes.finished,
            reference: sizes.definition.get(),
            backup: Some(sizes.newest),
            server: sizes.server,
            node: Some(sizes.node),
            dbname: sizes.dbname.clone(),
            status: ExecutionStatus::Warning,
            message,
        },
        ended: None,
    })
}

fn median(sizes: &[i64]) -> i64 {
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    let upper = sorted.get(middle).copied().unwrap_or_default();
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = sorted
        .get(middle.saturating_sub(1))
        .copied()
        .unwrap_or_default();
    lower + (upper - lower) / 2
}

fn condition(
    watched: &Watched,
    kind: AlertType,
    name: &str,
    since: DateTime<Utc>,
    message: String,
) -> Condition {
    Condition {
        kind,
        subject: format!("{name}:{}", watched.id),
        since,
        reference: watched.id.get(),
        backup: None,
        server: watched.server,
        node: Some(watched.node),
        dbname: watched.dbname.clone(),
        status: ExecutionStatus::Error,
        message,
    }
}

/// A time as local time of the server, with its offset.
fn local(at: DateTime<Utc>, zone: &Zone) -> String {
    let shown = zone.from_utc_datetime(&at.naive_utc());
    shown
        .fixed_offset()
        .format("%Y-%m-%d %H:%M %:z")
        .to_string()
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn bytes(count: i64) -> Size {
    Size(u64::try_from(count).unwrap_or(0))
}

#[cfg(test)]
#[path = "definitions_tests.rs"]
mod tests;
