//! What the catalogue has to say, from what the test knows: which runs there were, how they ended, and what retention leaves
//! of them. Written from `docs/spec/catalogue.md`, without the product's code.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use super::clock::{Minute, time, time_of_pass};
use super::schedule::Schedule;

/// What a backup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    Definition(i64),
    Snapshot(i64),
}

/// The statuses of runs.
pub(super) const SUCCEEDED: &str = "SUCCEEDED";
pub(super) const WARNING: &str = "WARNING";
pub(super) const ERROR: &str = "ERROR";

/// How long backups are kept: minutes, a number, and days, weeks, months, years.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    pub(super) period: Minute,
    pub(super) redundancy: usize,
    pub(super) keep: [usize; 4],
}

/// A definition as an operator has it in mind.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) node: usize,
    pub(super) dbname: String,
    pub(super) code: &'static str,
    pub(super) schedule: Schedule,
    pub(super) policy: Policy,
    pub(super) status: &'static str,
    /// Whether it belongs to the other backup server at the moment.
    pub(super) is_elsewhere: bool,
    pub(super) is_encrypted: bool,
    /// In so many passes its database was missing.
    pub(super) missing: u32,
    /// When it became DELETED.
    pub(super) deleted: Option<Minute>,
}

/// A run, and what is known of its entry.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) status: &'static str,
    /// The entry's number, once it was seen: only its place in the order of registration counts.
    pub(super) entry: Option<i64>,
    pub(super) pinned_until: Option<Minute>,
    pub(super) has_restore: bool,
}

/// A result whose definition was deleted before it arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Orphan {
    pub(super) definition: i64,
    pub(super) minute: Minute,
    pub(super) until: Minute,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) definitions: BTreeMap<i64, Definition>,
    pub(super) runs: BTreeMap<(Of, Minute), Run>,
    /// The periods of snapshots.
    pub(super) snapshots: BTreeMap<i64, Minute>,
    pub(super) orphans: Vec<Orphan>,
    /// Counts the runs.
    pub(super) count: usize,
    /// Counts what is gone, so that the test can say that it has tried something.
    pub(super) gone: usize,
}

impl Model {
    /// The definitions that cron is to start in a minute.
    pub(super) fn due(&self, minute: Minute) -> BTreeSet<i64> {
        self.definitions
            .iter()
            .filter(|(_, definition)| {
                definition.status == "ACTIVE"
                    && !definition.is_elsewhere
                    && definition.schedule.is_due(minute)
            })
            .map(|(id, _)| *id)
            .collect()
    }

    /// A run has ended.
    pub(super) fn ran(&mut self, of: Of, minute: Minute, status: &'static str) {
        let run = Run {
            status,
            entry: None,
            pinned_until: None,
            has_restore: false,
        };
        self.count += 1;
        let known = self.runs.insert((of, minute), run);
        assert!(known.is_none(), "{of:?} ran twice in minute {minute}");
    }

    /// What a pass has to do. `missing` says of a definition whether its node was asked and did not list its database,
    /// `quarantine` how long each node's definitions stay then.
    pub(super) fn pass(
        &mut self,
        minute: Minute,
        missing: impl Fn(&Definition) -> Option<bool>,
        quarantine: Minute,
    ) {
        let mut over = Vec::new();
        for (id, definition) in &mut self.definitions {
            match missing(definition) {
                None => {}
                Some(false) => {
                    definition.missing = 0;
                    if definition.deleted.take().is_some() {
                        definition.status = "ACTIVE";
                    }
                }
                Some(true) if definition.deleted.is_none() => {
                    definition.missing += 1;
                    if definition.missing == 3 {
                        definition.status = "DELETED";
                        definition.deleted = Some(minute);
                    }
                }
                Some(true) => over.extend(
                    definition
                        .deleted
                        .filter(|since| since + quarantine <= minute)
                        .map(|_| *id),
                ),
            }
        }
        for id in over {
            self.delete(id);
        }
        let gone = self.past_retention(minute);
        self.gone += gone.len();
        self.runs.retain(|key, _| !gone.contains(key));
        self.snapshots.retain(|id, _| {
            let mut left = self.runs.keys();
            !gone.iter().any(|(of, _)| *of == Of::Snapshot(*id))
                || left.any(|(of, _)| *of == Of::Snapshot(*id))
        });
        self.orphans.retain(|orphan| orphan.until > minute);
    }

    /// The runs of a definition of which the catalogue has no entry yet.
    pub(super) fn unregistered(&self, id: i64) -> Vec<Minute> {
        self.of(Of::Definition(id))
            .filter(|(_, run)| run.entry.is_none())
            .map(|(minute, _)| minute)
            .collect()
    }

    /// A definition goes with all its backups.
    pub(super) fn delete(&mut self, id: i64) {
        self.definitions
            .remove(&id)
            .expect("a definition that is there");
        let before = self.runs.len();
        self.runs.retain(|(of, _), _| *of != Of::Definition(id));
        self.gone += before - self.runs.len();
    }

    /// What retention lets go. A pass looks in the 50th second, and runs have ended by the 30th: a period is over when so
    /// many minutes have gone by.
    fn past_retention(&self, now: Minute) -> BTreeSet<(Of, Minute)> {
        let mut gone = BTreeSet::new();
        for (id, period) in &self.snapshots {
            gone.extend(self.expired(Of::Snapshot(*id), *period, now));
        }
        for (id, definition) in &self.definitions {
            let of = Of::Definition(*id);
            let kept = self.kept(of, definition.policy);
            let expired = self.expired(of, definition.policy.period, now);
            gone.extend(
                expired
                    .into_iter()
                    .filter(|(_, minute)| !kept.contains(minute)),
            );
        }
        gone
    }

    fn expired(&self, of: Of, period: Minute, now: Minute) -> Vec<(Of, Minute)> {
        self.of(of)
            .filter(|(minute, run)| {
                minute + period <= now
                    && !run.has_restore
                    && run.pinned_until.is_none_or(|until| until <= now)
            })
            .map(|(minute, _)| (of, minute))
            .collect()
    }

    fn of(&self, of: Of) -> impl Iterator<Item = (Minute, &Run)> {
        self.runs
            .range((of, Minute::MIN)..=(of, Minute::MAX))
            .map(|((_, minute), run)| (*minute, run))
    }

    /// What is kept whatever its age: the newest SUCCEEDED ones, by their time or by their registration; the newest usable
    /// one; the newest of days, weeks, months and years.
    fn kept(&self, of: Of, policy: Policy) -> BTreeSet<Minute> {
        let registered = |run: &Run| run.entry.unwrap_or(i64::MAX);
        let mut kept = BTreeSet::new();
        let mut newest = |count: usize,
                          counts: &dyn Fn(&Run) -> bool,
                          stays: &dyn Fn(&Run) -> bool| {
            let counted: Vec<(Minute, &Run)> = self.of(of).filter(|(_, run)| counts(run)).collect();
            let by_time = counted.iter().rev().take(count).map(|(minute, _)| *minute);
            let mut by_registration = counted.clone();
            by_registration.sort_by_key(|(minute, run)| (registered(run), *minute));
            let by_registration = by_registration
                .iter()
                .rev()
                .take(count)
                .map(|(minute, _)| *minute);
            kept.extend(
                by_time
                    .chain(by_registration)
                    .filter(|minute| stays(&self.runs[&(of, *minute)])),
            );
        };
        let succeeded = |run: &Run| run.status == SUCCEEDED;
        newest(policy.redundancy.max(1), &succeeded, &succeeded);
        newest(1, &|run| run.status != ERROR, &|run| run.status == WARNING);
        let units: [fn(NaiveDate) -> NaiveDate; 4] = [
            |day| day,
            |day| day - TimeDelta::days(day.weekday().num_days_from_monday().into()),
            |day| day.with_day(1).unwrap(),
            |day| day.with_ordinal(1).unwrap(),
        ];
        for (unit, keep) in units.into_iter().zip(policy.keep) {
            let mut newest: BTreeMap<NaiveDate, Minute> = BTreeMap::new();
            for (minute, _) in self.of(of).filter(|(_, run)| succeeded(run)) {
                newest.insert(unit(time(minute).date_naive()), minute);
            }
            kept.extend(newest.values().rev().take(keep));
        }
        kept
    }

    /// Definitions, with their last SUCCEEDED run, that must be left however much time goes by.
    pub(super) fn newest_succeeded(&self) -> BTreeSet<(Of, Minute)> {
        let ids = self.definitions.keys().map(|id| Of::Definition(*id));
        ids.filter_map(|of| {
            let last = self
                .of(of)
                .filter(|(_, run)| run.status == SUCCEEDED)
                .last();
            last.map(|(minute, _)| (of, minute))
        })
        .collect()
    }

    /// For messages.
    pub(super) fn as_of(minute: Minute) -> String {
        format!(
            "after the pass of minute {minute} ({})",
            time_of_pass(minute)
        )
    }
}
