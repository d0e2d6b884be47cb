//! What a pass says: what it deleted and why, what it noted, and what is wrong, once for as long as it stays wrong.

use std::collections::BTreeSet;
use std::io::Write as _;

use pgbackman_core::telemetry::RECORD;
use tracing::Span;

/// Maximum number of problems remembered from one pass to the next; further problems are logged in every pass.
const REMEMBERED: usize = 10_000;

/// How passes report.
#[derive(Debug, Default)]
pub struct Journal {
    dry_run: bool,
    deleted: u64,
    problems: usize,
    known: BTreeSet<String>,
    current: BTreeSet<String>,
}

impl Journal {
    /// A journal that logs; with `dry_run` it prints what would be done instead.
    pub fn new(dry_run: bool) -> Self {
        Self {
            dry_run,
            ..Self::default()
        }
    }

    /// A pass begins: problems that it does not find any more are forgotten at its end.
    pub fn begin(&mut self) {
        self.known = std::mem::take(&mut self.current);
        self.deleted = 0;
        self.problems = 0;
    }

    /// Something was deleted, for this reason. It is logged whatever the log level is.
    pub fn deleted(&mut self, what: &str, why: &str) {
        self.deleted += 1;
        tracing::info!(target: RECORD, "deleted {what}: {why}");
    }

    /// Something would be deleted, for this reason.
    pub fn would_delete(&mut self, what: &str, why: &str) {
        self.deleted += 1;
        Self::print(&format!("would delete {what}: {why}"));
    }

    /// Something was done that an operator may want to know, whatever the log level is.
    pub fn noted(&mut self, text: &str) {
        if self.dry_run {
            Self::print(text);
        } else {
            tracing::info!(target: RECORD, "{text}");
        }
    }

    /// Something is wrong. It is logged in the first pass that finds it.
    pub fn problem(&mut self, text: &str) {
        self.problems += 1;
        if self.dry_run {
            Self::print(&format!("problem: {text}"));
        } else if self.known.contains(text) || self.current.contains(text) {
            tracing::debug!("still: {text}");
        } else {
            tracing::error!("{text}");
        }
        self.remember(text);
    }

    /// Something stays as it is for a reason that an operator may want to know, and that is nobody's fault. It is said in the
    /// first pass that finds it.
    pub fn stays(&mut self, text: &str) {
        if self.dry_run {
            Self::print(text);
        } else if !self.known.contains(text) && !self.current.contains(text) {
            tracing::info!(target: RECORD, "{text}");
        }
        self.remember(text);
    }

    fn remember(&mut self, text: &str) {
        if self.current.len() < REMEMBERED {
            self.current.insert(text.to_owned());
        }
    }

    /// How many things were deleted in this pass, or would be.
    pub const fn count(&self) -> u64 {
        self.deleted
    }

    /// How many problems this pass has found.
    pub const fn problems(&self) -> usize {
        self.problems
    }

    /// One of the problems of this pass.
    pub fn a_problem(&self) -> Option<&str> {
        self.current.first().map(String::as_str)
    }

    /// Standard output is what a dry run is for; when nobody reads it any more there is nobody to tell.
    fn print(text: &str) {
        let escaped: String = text
            .chars()
            .flat_map(|character| {
                let shown: Box<dyn Iterator<Item = char>> = if character.is_control() {
                    Box::new(character.escape_default())
                } else {
                    Box::new(std::iter::once(character))
                };
                shown
            })
            .collect();
        let _ = writeln!(std::io::stdout(), "{escaped}");
    }
}

/// What lines of the journal are about: something that goes, or stays.
#[derive(Debug, Clone)]
pub struct About {
    /// In words.
    pub what: String,
    /// Why it goes.
    pub why: String,
    /// Node and database, for the log: see [`crate::pass::Pass::span_of`].
    pub place: Span,
}

impl About {
    /// It was deleted.
    pub fn deleted(&self, journal: &mut Journal) {
        self.place
            .in_scope(|| journal.deleted(&self.what, &self.why));
    }

    /// It would be.
    pub fn would_delete(&self, journal: &mut Journal) {
        journal.would_delete(&self.what, &self.why);
    }

    /// It stays although it should go: something is wrong.
    pub fn cannot_go(&self, reason: &str, journal: &mut Journal) {
        let text = format!("keeping {}: {reason}", self.what);
        self.place.in_scope(|| journal.problem(&text));
    }

    /// It stays, and that is nobody's fault.
    pub fn stays(&self, reason: &str, journal: &mut Journal) {
        let text = format!("keeping {}: {reason}", self.what);
        self.place.in_scope(|| journal.stays(&text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_counts_in_every_pass_and_is_forgotten_when_it_is_over() {
        let mut journal = Journal::new(false);
        journal.begin();
        journal.problem("a");
        journal.problem("b");
        assert_eq!(journal.problems(), 2);
        journal.begin();
        journal.problem("a");
        assert_eq!(journal.problems(), 1);
        assert!(journal.known.contains("b") && !journal.current.contains("b"));
        journal.begin();
        assert!(!journal.known.contains("b"));
    }

    #[test]
    fn what_stays_is_no_problem_and_remembered_like_one() {
        let mut journal = Journal::new(false);
        journal.begin();
        journal.stays("a");
        assert_eq!(journal.problems(), 0);
        journal.begin();
        assert!(journal.known.contains("a"));
    }
}
