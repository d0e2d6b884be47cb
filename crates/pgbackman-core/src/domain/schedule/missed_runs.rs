//! Runs that cron should have started and that were not begun: the one judgement of it, for alerts, monitoring and reports.
//!
//! It needs when a definition's schedule has been in force without a break, which runs are known, and how sure the catalogue can
//! be that it knows of all. Everything is told by one grace time, `missed_run_grace` of the configuration.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::schedule::Schedule;
use crate::domain::schedule::schedule_runs::schedule_runs;
use crate::domain::schedule::time_zone::Zone;

/// How far back missed runs are looked for that nothing has run after; of a schedule that has none within, the last one.
pub const LOOK_BACK: TimeDelta = TimeDelta::days(8);
/// Whoever asks needs the zone of a server for so long. A rarer schedule is judged by the zone's first offset.
pub const ZONE_NEEDED: TimeDelta = TimeDelta::days(32);
/// Control has so long to write a crontab, and cron to read it.
pub const CRONTAB_DELAY: TimeDelta = TimeDelta::minutes(2);
/// A run's own clock may be so much behind the minute in which cron started it.
const TOLERANCE: TimeDelta = TimeDelta::seconds(30);

/// When a run began, and when it ended unless it continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunTimes {
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub finished: Option<DateTime<Utc>>,
}

impl RunTimes {
    /// A definition's newest run, whose beginning is remembered whether or not it still has a row.
    pub fn remembered(started: DateTime<Utc>) -> Self {
        Self {
            started,
            finished: Some(started),
        }
    }
}

/// What cron is told of one definition.
#[derive(Debug, Clone, Copy)]
pub struct Timetable<'a> {
    /// Its schedule.
    pub schedule: &'a Schedule,
    /// The zone of its backup server's machine.
    pub zone: &'a Zone,
    /// Since when it has been ACTIVE with this schedule, on a RUNNING node: nothing was due before.
    pub since: DateTime<Utc>,
}

impl Timetable<'_> {
    /// When cron should have started it from `from` on and before `until`, in order.
    pub fn due(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let from = from.max(self.since + CRONTAB_DELAY);
        schedule_runs(self.schedule, self.zone, from, until)
    }

    /// When it should have within [`LOOK_BACK`] and since `from`; of a rarer schedule the last time, which may be months ago.
    pub fn lately(&self, from: DateTime<Utc>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let from = from.max(self.since + CRONTAB_DELAY);
        let within = now - LOOK_BACK;
        let mut due = self.due(from.max(within), now);
        if due.is_empty() && from < within {
            let last = self
                .schedule
                .previous_before(&now.with_timezone(self.zone))
                .map(|last| last.with_timezone(&Utc));
            due.extend(last.filter(|last| *last >= from));
        }
        due
    }
}

/// How sure the catalogue can be that it knows of every run of a backup server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certainty {
    /// Since when the catalogue has been there without a break, for who knows. What was due before may wait in files.
    pub catalogue_since: Option<DateTime<Utc>>,
    /// Since when the server's maintenance, which reads these files, has been at work; `None`: it is not, or files wait.
    pub importing_since: Option<DateTime<Utc>>,
}

impl Certainty {
    /// When the absence of a run that was due then is to be told.
    ///
    /// A grace time after it was due; after the catalogue came back, where it was unavailable; and where results may wait on the
    /// server, when these have had another grace time.
    pub fn told_at(&self, due: DateTime<Utc>, grace: TimeDelta) -> DateTime<Utc> {
        let mut told = due + grace;
        if let Some(back) = self.catalogue_since.filter(|back| due < *back) {
            told = told.max(back + grace);
        }
        let another = due + grace + grace;
        match self.importing_since {
            Some(since) if since > due => told.max(another.min(since + grace)),
            Some(_) => told,
            None => told.max(another),
        }
    }
}

/// Runs by the time at which they began, so that 10 000 of them are looked up as fast as ten.
struct Known {
    began: Vec<DateTime<Utc>>,
    /// How long runs were running that began no later than the one at this place: `MAX_UTC` while one is.
    busy_until: Vec<DateTime<Utc>>,
}

impl Known {
    fn new(runs: &[RunTimes]) -> Self {
        let mut runs = runs.to_vec();
        runs.sort_unstable_by_key(|run| run.started);
        let busy_until = runs
            .iter()
            .scan(DateTime::<Utc>::MIN_UTC, |until, run| {
                *until = run.finished.unwrap_or(DateTime::<Utc>::MAX_UTC).max(*until);
                Some(*until)
            })
            .collect();
        Self {
            began: runs.iter().map(|run| run.started).collect(),
            busy_until,
        }
    }

    /// The first run that may stand for a time.
    fn next(&self, due: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let place = self.began.partition_point(|began| *began < due - TOLERANCE);
        self.began.get(place).copied()
    }

    /// Whether no run stands for one of the `expected` times.
    ///
    /// A run stands for the last time before it began, so one that is late stands for its own time and not for the next; and a
    /// time that falls into a run is answered by it, since no second one begins beside it.
    fn lacks(&self, expected: &[DateTime<Utc>], place: usize) -> bool {
        let due = expected[place];
        let began = self.next(due).is_some_and(|began| {
            expected
                .get(place + 1)
                .is_none_or(|next| began < *next - TOLERANCE)
        });
        let before = self.began.partition_point(|began| *began <= due);
        let was_at_work = before
            .checked_sub(1)
            .and_then(|last| self.busy_until.get(last))
            .is_some_and(|until| *until > due);
        !began && !was_at_work
    }
}

/// Those of the `expected` times, in order, for which no run stands, and whose absence may be told.
pub fn not_begun(
    expected: &[DateTime<Utc>],
    runs: &[RunTimes],
    is_told: impl Fn(DateTime<Utc>) -> bool,
) -> Vec<DateTime<Utc>> {
    let known = Known::new(runs);
    let missing = expected
        .iter()
        .enumerate()
        .filter(|(place, due)| is_told(**due) && known.lacks(expected, *place));
    missing.map(|(_, due)| *due).collect()
}

/// Runs that follow each other and were not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streak {
    /// When the first was due.
    pub first: DateTime<Utc>,
    /// When the last was.
    pub last: DateTime<Utc>,
    /// How many they are.
    pub count: usize,
    /// When the next run began, if one has.
    pub ended_by: Option<DateTime<Utc>>,
}

/// The same, those that follow each other taken together.
pub fn streaks(
    expected: &[DateTime<Utc>],
    runs: &[RunTimes],
    is_told: impl Fn(DateTime<Utc>) -> bool,
) -> Vec<Streak> {
    let known = Known::new(runs);
    let mut found: Vec<Streak> = Vec::new();
    let mut continues = false;
    for (place, due) in expected.iter().enumerate() {
        if !is_told(*due) || !known.lacks(expected, place) {
            continues = false;
            continue;
        }
        match found.last_mut() {
            Some(streak) if continues => {
                streak.last = *due;
                streak.count += 1;
            }
            _ => found.push(Streak {
                first: *due,
                last: *due,
                count: 1,
                ended_by: known.next(*due),
            }),
        }
        continues = true;
    }
    found
}

/// What is missing of one definition now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MissedRuns {
    /// How many runs since the last one that began: those of [`LOOK_BACK`], or the last one where it has none.
    pub count: usize,
    /// When the first of them should have begun.
    pub first: Option<DateTime<Utc>>,
}

/// What is missing now, from the last runs that are known.
pub fn missing_now(
    timetable: &Timetable<'_>,
    runs: &[RunTimes],
    certainty: Certainty,
    grace: TimeDelta,
    now: DateTime<Utc>,
) -> MissedRuns {
    let newest = runs.iter().map(|run| run.started).max();
    // What was due before the newest run began is made up for by it.
    let from = newest.map_or(timetable.since, |newest| newest - TOLERANCE);
    let expected = timetable.lately(from, now);
    let is_told = |due| certainty.told_at(due, grace) <= now;
    let mut streaks = streaks(&expected, runs, is_told).into_iter();
    let lasting = streaks.find(|streak| streak.ended_by.is_none());
    lasting.map_or_else(MissedRuns::default, |streak| MissedRuns {
        count: streak.count,
        first: Some(streak.first),
    })
}

#[cfg(test)]
#[path = "missed_runs_tests.rs"]
mod tests;
