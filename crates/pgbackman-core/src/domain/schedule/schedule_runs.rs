//! When cron should have started a schedule, in a window of time: what says that a backup is missing.

use chrono::{DateTime, Days, TimeZone, Utc};

use crate::domain::schedule::Schedule;

/// The moments from `from` on and before `until` at which cron on a machine of this time zone starts a job of this
/// schedule, in order, each once.
///
/// The rules are those of [`Schedule::next_after`] (trap 21): a fixed time that the change to summer time skips is made up
/// for shortly after, one that comes twice in autumn runs the first time only, and a `*` at the start of minutes or hours
/// follows the clock on the wall. Several times skipped at once are one moment. cron looks once a minute, so a job begins
/// within the minute that follows each of them.
pub fn schedule_runs<Tz: TimeZone>(
    schedule: &Schedule,
    zone: &Tz,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    if from >= until {
        return Vec::new();
    }
    // A date's runs may be next to it: local time is up to a day off, and what is skipped is made up for later.
    let first = from.date_naive().checked_sub_days(Days::new(2));
    let last = until.date_naive().checked_add_days(Days::new(2));
    let (Some(first), Some(last)) = (first, last) else {
        return Vec::new();
    };
    let mut runs: Vec<DateTime<Utc>> = first
        .iter_days()
        .take_while(|date| *date <= last)
        .filter(|date| schedule.matches_date(*date))
        .flat_map(|date| schedule.runs_on(date, zone))
        .map(|run| run.with_timezone(&Utc))
        .filter(|run| (from..until).contains(run))
        .collect();
    runs.sort_unstable();
    runs.dedup();
    runs
}
