//! What each day of a definition was: good, failed, missing, ….

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use pgbackman_core::catalogue::runs::run_history::{EndedRun, ReportedDefinition};
use pgbackman_core::domain::schedule::missed_runs::{Certainty, RunTimes, Timetable, not_begun};
use pgbackman_core::domain::schedule::time_zone::Zone;
use pgbackman_core::domain::status::ExecutionStatus;

/// What a day was; the worst that happened counts, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Day {
    /// Nothing happened, and nothing should have.
    #[default]
    Quiet,
    /// All backups succeeded.
    Good,
    /// A backup is being taken.
    Running,
    /// A backup has a warning.
    Warning,
    /// A backup that should have been taken was not.
    Missing,
    /// A backup failed.
    Failed,
}

impl Day {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Quiet => "none due",
            Self::Good => "succeeded",
            Self::Running => "running",
            Self::Warning => "warning",
            Self::Missing => "missing",
            Self::Failed => "failed",
        }
    }
}

impl From<ExecutionStatus> for Day {
    fn from(status: ExecutionStatus) -> Self {
        match status {
            ExecutionStatus::Succeeded => Self::Good,
            ExecutionStatus::Warning => Self::Warning,
            ExecutionStatus::Error => Self::Failed,
        }
    }
}

/// The days that the page looks at, and the zone in which they begin.
#[derive(Debug, Clone)]
pub struct Window {
    /// The zone.
    pub zone: Zone,
    /// Its name.
    pub zone_name: String,
    /// When the page is made.
    pub now: DateTime<Utc>,
    /// The first day.
    pub first: NaiveDate,
    /// Today.
    pub last: NaiveDate,
    /// When the first day begins.
    pub since: DateTime<Utc>,
}

impl Window {
    /// The day on which a moment is.
    pub fn day(&self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.zone).date_naive()
    }

    /// How many days there are.
    pub fn len(&self) -> usize {
        usize::try_from((self.last - self.first).num_days() + 1).unwrap_or(0)
    }

    /// Never: there is always today.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of a day in the window.
    pub fn index(&self, day: NaiveDate) -> Option<usize> {
        let index = usize::try_from((day - self.first).num_days()).ok()?;
        (index < self.len()).then_some(index)
    }

    /// The days in order.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        self.first.iter_days().take(self.len())
    }

    /// A moment as the page shows it.
    pub fn time(&self, moment: DateTime<Utc>) -> String {
        moment
            .with_timezone(&self.zone)
            .naive_local()
            .format("%Y-%m-%d %H:%M")
            .to_string()
    }
}

/// A good backup of a day: the largest and longest count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// Bytes.
    pub bytes: u64,
    /// How long it took, seconds.
    pub seconds: u64,
}

/// What became of a definition.
#[derive(Debug, Clone)]
pub struct History {
    /// A day each.
    pub days: Vec<Day>,
    /// The good backups (warnings too) of each day that has one.
    pub measures: BTreeMap<usize, Measure>,
    /// How many runs ended in each way, and how many are missing.
    pub counts: BTreeMap<Day, u32>,
    /// How things stand: what the last run was, or that it is missing.
    pub now: Day,
    /// The last good run (also with a warning).
    pub last_good: Option<EndedRun>,
    /// The last that failed.
    pub last_failed: Option<EndedRun>,
}

/// By what it is judged whether a run is missing.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'a> {
    /// The zone in which the definition's schedule is read.
    pub zone: &'a Zone,
    /// How sure the catalogue can be of the server's runs.
    pub certainty: Certainty,
    /// How late a run may begin.
    pub grace: TimeDelta,
}

/// Judges a definition by its runs within the window, in order of their beginning.
///
/// Nothing is missing before a definition was registered or last changed, since its schedule may have been another one, nor
/// before its node was RUNNING.
pub fn judge(
    definition: &ReportedDefinition,
    runs: &[EndedRun],
    window: &Window,
    by: &Judgement<'_>,
) -> History {
    let mut history = History {
        days: vec![Day::Quiet; window.len()],
        measures: BTreeMap::new(),
        counts: BTreeMap::new(),
        now: Day::Quiet,
        last_good: None,
        last_failed: None,
    };
    for run in runs {
        history.ended(run, window);
    }
    let last_run = runs.last().map(|run| run.started);
    if let Some(since) = definition.running_since {
        history.mark(Day::Running, since.max(window.since), window);
        history.now = Day::Running;
    }
    let missing = missing(definition, runs, window, by);
    for moment in &missing {
        history.mark(Day::Missing, *moment, window);
    }
    if missing.last() > last_run.as_ref() && definition.running_since.is_none() {
        history.now = Day::Missing;
    }
    history
}

impl History {
    fn mark(&mut self, what: Day, moment: DateTime<Utc>, window: &Window) {
        *self.counts.entry(what).or_default() += 1;
        if let Some(index) = window.index(window.day(moment)) {
            self.days[index] = self.days[index].max(what);
        }
    }

    fn ended(&mut self, run: &EndedRun, window: &Window) {
        let what = Day::from(run.status);
        self.mark(what, run.started, window);
        self.now = what;
        if what == Day::Failed {
            self.last_failed = Some(run.clone());
            return;
        }
        self.last_good = Some(run.clone());
        if let Some(index) = window.index(window.day(run.started)) {
            let seconds = (run.finished - run.started).num_seconds().unsigned_abs();
            let measure = self.measures.entry(index).or_default();
            measure.bytes = measure.bytes.max(run.bytes);
            measure.seconds = measure.seconds.max(seconds);
        }
    }
}

/// When a run should have begun and none did.
fn missing(
    definition: &ReportedDefinition,
    runs: &[EndedRun],
    window: &Window,
    by: &Judgement<'_>,
) -> Vec<DateTime<Utc>> {
    let Some(schedule) = definition
        .schedule
        .as_ref()
        .filter(|_| definition.is_scheduled)
    else {
        return Vec::new();
    };
    let timetable = Timetable {
        schedule,
        zone: by.zone,
        since: definition.due_since,
    };
    let ended = runs.iter().map(|run| RunTimes {
        started: run.started,
        finished: Some(run.finished),
    });
    let at_work = definition.running_since.map(|started| RunTimes {
        started,
        finished: None,
    });
    let known: Vec<RunTimes> = ended.chain(at_work).collect();
    let due = timetable.due(window.since, window.now);
    not_begun(&due, &known, |due| {
        by.certainty.told_at(due, by.grace) <= window.now
    })
}

/// Local midnight of a day, or the first moment after it where the clock skips it.
pub fn beginning(day: NaiveDate, zone: &Zone) -> DateTime<Utc> {
    (0..4)
        .filter_map(|hour| day.and_hms_opt(hour, 0, 0))
        .find_map(|local| zone.from_local_datetime(&local).earliest())
        .map_or_else(
            || Utc.from_utc_datetime(&day.and_time(chrono::NaiveTime::MIN)),
            |moment| moment.with_timezone(&Utc),
        )
}

#[cfg(test)]
#[path = "days_tests.rs"]
mod tests;
