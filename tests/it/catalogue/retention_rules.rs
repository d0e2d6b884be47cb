//! What retention means, written down a second time, without a database: `docs/spec/catalogue.md`, "Retention".

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, TimeDelta, Utc};
use pgbackman_core::catalogue::backups::file_looks::FilesState;
use pgbackman_core::domain::ids::BckId;
use pgbackman_core::domain::status::ExecutionStatus;

/// The server's days begin two hours before those of UTC. PostgreSQL's name for it has the sign of POSIX.
pub(super) const ZONE: (&str, i32) = ("Etc/GMT-2", 2 * 3600);

/// A backup as the model sees it; its ID is its place in the order of registration.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) status: ExecutionStatus,
    pub(super) finished: DateTime<Utc>,
    pub(super) pinned_until: Option<DateTime<Utc>>,
    pub(super) restore: Option<i64>,
    /// Whether it lies on another backup server.
    pub(super) elsewhere: bool,
    /// How its files are, and how its own server saw them last, and when.
    pub(super) files: Files,
    pub(super) seen: Option<(Files, DateTime<Utc>)>,
}

/// How the files of a backup are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    Whole,
    Damaged,
    /// Nobody can look.
    Unseen,
}

impl Files {
    pub(super) fn state(self) -> FilesState {
        match self {
            Self::Whole => FilesState::Whole,
            Self::Damaged => FilesState::Damaged("a test".to_owned()),
            Self::Unseen => FilesState::NotLookedAt("a test".to_owned()),
        }
    }
}

impl Entry {
    /// How retention takes its files.
    pub(super) fn taken_for(&self, as_of: DateTime<Utc>) -> Files {
        match (self.elsewhere, self.seen) {
            (_, Some((Files::Damaged, _))) => Files::Damaged,
            (true, Some((Files::Whole, at))) if at >= as_of - TimeDelta::days(2) => Files::Whole,
            (true, _) => Files::Unseen,
            (false, seen) => seen.map_or(Files::Whole, |(files, _)| files),
        }
    }

    pub(super) fn counts(&self, as_of: DateTime<Utc>) -> bool {
        self.taken_for(as_of) == Files::Whole
    }
}

/// What keeps a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// It makes others expendable.
    Counting,
    /// Its period, an operator, a restore, or that it is the newest where none is whole.
    Otherwise,
    /// Only that nobody could look at its files.
    Unseen,
    Not,
}

/// How long backups are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    pub(super) days: i32,
    pub(super) redundancy: i32,
    /// Days, weeks, months, years.
    pub(super) keep: [i32; 4],
}

pub(super) type Entries = BTreeMap<BckId, Entry>;

/// What retention means, written down a second time: `docs/spec/catalogue.md`, "Retention".
fn judge(entries: &Entries, as_of: DateTime<Utc>, policy: Policy) -> BTreeMap<BckId, Kept> {
    let rotated = rotated(entries, as_of, policy);
    let is_newest = |id: BckId, among: &dyn Fn(&Entry) -> bool, count: usize| {
        let time = |id: &BckId| (entries[id].finished, *id);
        let others: Vec<&BckId> = entries
            .keys()
            .filter(|other| **other != id && among(&entries[other]))
            .collect();
        let newer = others
            .iter()
            .filter(|other| time(other) > time(&id))
            .count();
        let later = others.iter().filter(|other| ***other > id).count();
        newer < count || later < count
    };
    let succeeded =
        |entry: &Entry| entry.status == ExecutionStatus::Succeeded && entry.counts(as_of);
    let usable = |entry: &Entry| entry.status != ExecutionStatus::Error && entry.counts(as_of);
    let damaged = |entry: &Entry| {
        entry.status != ExecutionStatus::Error && entry.taken_for(as_of) == Files::Damaged
    };
    let nothing_counts = !entries.values().any(usable);
    let redundancy = usize::try_from(policy.redundancy.max(1)).unwrap();
    let kept = |(id, entry): (&BckId, &Entry)| {
        let counting = entry.counts(as_of)
            && match entry.status {
                ExecutionStatus::Succeeded => {
                    is_newest(*id, &succeeded, redundancy) || rotated.contains(id)
                }
                ExecutionStatus::Warning => is_newest(*id, &usable, 1),
                ExecutionStatus::Error => false,
            };
        let remains = damaged(entry) && nothing_counts && is_newest(*id, &damaged, 1);
        let otherwise = entry.finished + TimeDelta::days(policy.days.into()) >= as_of
            || remains
            || entry.restore.is_some()
            || entry.pinned_until.is_some_and(|until| until > as_of);
        let unseen =
            entry.status != ExecutionStatus::Error && entry.taken_for(as_of) == Files::Unseen;
        let kept = match (counting, otherwise, unseen) {
            (true, _, _) => Kept::Counting,
            (false, true, _) => Kept::Otherwise,
            (false, false, true) => Kept::Unseen,
            (false, false, false) => Kept::Not,
        };
        (*id, kept)
    };
    entries.iter().map(kept).collect()
}

/// What passes delete of this server until nothing is left to delete, with what they see on the way.
pub(super) fn past_retention(
    entries: &mut Entries,
    as_of: DateTime<Utc>,
    policy: Policy,
) -> BTreeSet<BckId> {
    let mut looked = BTreeSet::new();
    loop {
        let kept = judge(entries, as_of, policy);
        let is_here = |id: &BckId| !entries[id].elsewhere;
        let listed = |kept: Kept| matches!(kept, Kept::Unseen | Kept::Not);
        let doomed = |id: &BckId| is_here(id) && kept[id] == Kept::Not;
        // Once something is to go it is looked at all that counts, whatever comes to count on the way.
        if looked.is_empty() && !kept.iter().any(|(id, kept)| is_here(id) && listed(*kept)) {
            return BTreeSet::new();
        }
        let to_look_at: Vec<BckId> = entries
            .iter()
            .filter(|(id, entry)| {
                is_here(id)
                    && match kept[id] {
                        Kept::Counting | Kept::Unseen => true,
                        Kept::Not => {
                            entry.status != ExecutionStatus::Error
                                && entry.taken_for(as_of) == Files::Damaged
                        }
                        Kept::Otherwise => false,
                    }
            })
            .map(|(id, _)| *id)
            .filter(|id| looked.insert(*id))
            .collect();
        if to_look_at.is_empty() {
            return entries.keys().copied().filter(doomed).collect();
        }
        for id in to_look_at {
            let entry = entries.get_mut(&id).unwrap();
            entry.seen = Some((entry.files, as_of));
        }
    }
}

/// The newest SUCCEEDED backup of each of the newest days, weeks, months and years that have one.
fn rotated(entries: &Entries, as_of: DateTime<Utc>, policy: Policy) -> BTreeSet<BckId> {
    let zone = FixedOffset::east_opt(ZONE.1).unwrap();
    let units: [fn(NaiveDate) -> NaiveDate; 4] = [
        |day| day,
        |day| day - TimeDelta::days(day.weekday().num_days_from_monday().into()),
        |day| day.with_day(1).unwrap(),
        |day| day.with_ordinal(1).unwrap(),
    ];
    let mut kept = BTreeSet::new();
    for (unit, keep) in units.into_iter().zip(policy.keep) {
        let mut newest: BTreeMap<NaiveDate, (DateTime<Utc>, BckId)> = BTreeMap::new();
        for (id, entry) in entries {
            if entry.status == ExecutionStatus::Succeeded && entry.counts(as_of) {
                let of = unit(entry.finished.with_timezone(&zone).date_naive());
                let found = newest.entry(of).or_insert((entry.finished, *id));
                *found = (*found).max((entry.finished, *id));
            }
        }
        let last = newest.values().rev().take(usize::try_from(keep).unwrap());
        kept.extend(last.map(|(_, id)| *id));
    }
    kept
}
