//! The state of each day of a definition: succeeded, failed, missing, ….

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use pgbackman_core::catalogue::runs::run_history::{EndedRun, ReportedDefinition};
use pgbackman_core::domain::schedule::missed_runs::{Certainty, RunTimes, Timetable, not_begun};
use pgbackman_core::domain::schedule::time_zone::Zone;
use pgbackman_core::domain::status::ExecutionStatus;

/// The state of a day. The most severe event of the day counts; the variants are in order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Day {
    /// No run, and none was due.
    #[default]
    Quiet,
    /// All backups succeeded.
    Good,
    /// A backup is running.
    Running,
    /// A backup ended with a warning.
    Warning,
    /// A scheduled backup was not taken.
    Missing,
    /// A backup failed.
    Failed,
}

impl Day {
    /// The state as a word.
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

/// The days of the page, and their time zone.
#[derive(Debug, Clone)]
pub struct Window {
    /// The zone.
    pub zone: Zone,
    /// Its name.
    pub zone_name: String,
    /// When the page was created.
    pub now: DateTime<Utc>,
    /// The first day.
    pub first: NaiveDate,
    /// Today.
    pub last: NaiveDate,
    /// When the first day begins.
    pub since: DateTime<Utc>,
}

impl Window {
    /// The day of a point in time.
    pub fn day(&self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.zone).date_naive()
    }

    /// How many days there are.
    pub fn len(&self) -> usize {
        usize::try_from((self.last - self.first).num_days() + 1).unwrap_or(0)
    }

    /// Never empty: there is always today.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The index of a day in the window.
    pub fn index(&self, day: NaiveDate) -> Option<usize> {
        let index = usize::try_from((day - self.first).num_days()).ok()?;
        (index < self.len()).then_some(index)
    }

    /// The days in order.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        self.first.iter_days().take(self.len())
    }

    /// A point in time, in the format of the page.
    pub fn time(&self, moment: DateTime<Utc>) -> String {
        moment
            .with_timezone(&self.zone)
            .naive_local()
            .format("%Y-%m-%d %H:%M")
            .to_string()
    }
}

/// The usable backups of a day: size and duration are those of the largest and the longest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// Bytes.
    pub bytes: u64,
    /// Duration in seconds.
    pub seconds: u64,
}

/// The runs of a definition during the period.
#[derive(Debug, Clone)]
pub struct History {
    /// The state of each day.
    pub days: Vec<Day>,
    /// The usable backups (including those with warnings) of each day that has one.
    pub measures: BTreeMap<usize, Measure>,
    /// Number of runs by result, and of missing runs.
    pub counts: BTreeMap<Day, u32>,
    /// The current state: the result of the last run, or that it is missing.
    pub now: Day,
    /// The last usable backup (including those with warnings).
    pub last_good: Option<EndedRun>,
    /// The last failed run.
    pub last_failed: Option<EndedRun>,
}

/// What is needed to decide whether a run is missing.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'a> {
    /// The time zone of the definition's schedule.
    pub zone: &'a Zone,
    /// How certain the catalogue is about the server's runs.
    pub certainty: Certainty,
    /// Maximum delay of a run's start.
    pub grace: TimeDelta,
}

/// Evaluates the runs of a definition within the window, in the order of their start.
///
/// No run is missing before the definition was registered or last changed, because its schedule may have been
/// different, nor before its node was RUNNING.
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

/// When a run was due and none started.
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

/// Local midnight of a day, or the first moment after it if the clock skips midnight.
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
