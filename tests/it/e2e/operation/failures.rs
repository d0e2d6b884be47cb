//! What is wrong at the moment, and what has to become of a run then.

use std::collections::BTreeSet;

use super::model::{Definition, ERROR, SUCCEEDED, WARNING};

/// SIGKILL, as shells count it.
pub(super) const KILLED: i32 = 128 + 9;

/// The steps at which dumps are killed, and what has to become of them: once a backup is being published it counts.
pub(super) const STEPS: [(&str, &str); 12] = [
    ("record written", ERROR),
    ("node reached", ERROR),
    ("files named", ERROR),
    ("snapshot exported", ERROR),
    ("dump started", ERROR),
    ("files flushed", ERROR),
    ("manifest written", ERROR),
    ("programs gone", ERROR),
    ("publishing", SUCCEEDED),
    ("renamed", SUCCEEDED),
    ("published", SUCCEEDED),
    ("reported", SUCCEEDED),
];

#[derive(Debug, Default)]
pub(super) struct Failures {
    pub(super) catalogue_is_away: bool,
    /// A node whose server is stopped.
    pub(super) down: Option<usize>,
    /// A node into whose directory nothing can be written.
    pub(super) unwritable: Option<usize>,
    /// Databases that were dropped.
    pub(super) dropped: BTreeSet<String>,
    /// Databases that have another name.
    pub(super) renamed: BTreeSet<String>,
    /// Databases that let nobody in.
    pub(super) closed: BTreeSet<String>,
    /// Definitions whose parameters `pg_dump` fails on.
    pub(super) misdirected: BTreeSet<i64>,
}

impl Failures {
    /// How a run that nobody kills has to end.
    pub(super) fn status_of(&self, id: i64, definition: &Definition) -> &'static str {
        let name = &definition.dbname;
        let node = Some(definition.node);
        let fails = self.down == node
            || self.unwritable == node
            || self.dropped.contains(name)
            || self.renamed.contains(name)
            || self.closed.contains(name)
            || self.misdirected.contains(&id);
        match (fails, definition.is_encrypted) {
            (true, _) => ERROR,
            (false, true) => WARNING,
            (false, false) => SUCCEEDED,
        }
    }

    /// Whether the node says that the database is gone; `None` where nothing is known or nobody asks.
    pub(super) fn is_missing(&self, definition: &Definition) -> Option<bool> {
        let nobody_asks = definition.is_elsewhere
            || self.down == Some(definition.node)
            || self.renamed.contains(&definition.dbname);
        (!nobody_asks).then(|| self.dropped.contains(&definition.dbname))
    }
}
