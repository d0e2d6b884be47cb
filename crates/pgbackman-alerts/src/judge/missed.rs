//! Backups that cron should have started and that were not begun: what tells them from those that are merely late.

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalog::alert_facts::RunTimes;

/// A run's own clock may be so much behind the minute in which cron started it.
const TOLERANCE: TimeDelta = TimeDelta::seconds(30);

/// How sure the catalogue can be that it knows of every run of a backup server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certainty {
    /// Since when the catalogue has been there without a break. What was due before may wait in files.
    pub catalogue_since: DateTime<Utc>,
    /// Since when the server's maintenance, which reads these files, has been at work; `None`: it is not, or files wait.
    pub importing_since: Option<DateTime<Utc>>,
}

impl Certainty {
    /// When the absence of a run that was due then is to be told.
    ///
    /// A grace time after it was due; after the catalogue came back, where it was away; and where results may wait on the
    /// server, when these have had another grace time.
    pub fn told_at(&self, due: DateTime<Utc>, grace: TimeDelta) -> DateTime<Utc> {
        let mut told = due + grace;
        if due < self.catalogue_since {
            told = told.max(self.catalogue_since + grace);
        }
        let another = due + grace + grace;
        match self.importing_since {
            Some(since) if since > due => told.max(another.min(since + grace)),
            Some(_) => told,
            None => told.max(another),
        }
    }
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

/// The runs that should have begun and did not, of those whose absence may be told now.
///
/// `expected` is when cron should have started the definition, in order. A run stands for the last of these times before it
/// began, so one that is late stands for its own time and not for the next; and a time that falls into a run is
/// answered by it, since no second one begins beside it. `last_run` is when the newest run began of which the catalogue was ever
/// told, whether or not it still has a row.
pub fn streaks(
    expected: &[DateTime<Utc>],
    runs: &[RunTimes],
    last_run: Option<DateTime<Utc>>,
    is_told: impl Fn(DateTime<Utc>) -> bool,
) -> Vec<Streak> {
    let remembered = last_run.map(|started| RunTimes {
        started,
        finished: Some(started),
    });
    let runs: Vec<RunTimes> = runs.iter().copied().chain(remembered).collect();
    let mut found: Vec<Streak> = Vec::new();
    let mut continues = false;
    for (position, due) in expected.iter().enumerate() {
        let next = expected.get(position + 1).copied();
        if !is_told(*due) || is_answered(*due, next, &runs) {
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
                ended_by: runs
                    .iter()
                    .map(|run| run.started)
                    .filter(|started| *started >= *due - TOLERANCE)
                    .min(),
            }),
        }
        continues = true;
    }
    found
}

fn is_answered(due: DateTime<Utc>, next: Option<DateTime<Utc>>, runs: &[RunTimes]) -> bool {
    runs.iter().any(|run| {
        let began = run.started >= due - TOLERANCE
            && next.is_none_or(|next| run.started < next - TOLERANCE);
        let was_at_work = run.started <= due && run.finished.is_none_or(|finished| finished > due);
        began || was_at_work
    })
}

#[cfg(test)]
#[path = "missed_tests.rs"]
mod tests;
