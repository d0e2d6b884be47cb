//! What control knows about itself, and whether it is news.

use pgbackman_core::catalogue::alerts::heartbeats::Facts;

/// No error is told at greater length, in characters; the whole of it is in the log.
const LONGEST_ERROR: usize = 500;

/// What control knows about itself.
#[derive(Debug, Default)]
pub struct Board {
    /// What is told next.
    pub facts: Facts,
    /// What was new when it was last asked whether anything is: failing items, pending and refused files.
    known: (Option<u64>, Option<u64>, Option<u64>),
}

impl Board {
    /// Notes how many items fail, and the last error. Whether that, or how much waits, is other than when this was asked last.
    pub fn is_news(&mut self, failing: usize, last_error: Option<String>) -> bool {
        let facts = &mut self.facts;
        facts.failing = u64::try_from(failing).ok();
        if failing == 0 {
            facts.last_error = None;
        } else if let Some(error) = last_error {
            facts.last_error = Some(error.chars().take(LONGEST_ERROR).collect());
        }
        let now = (facts.failing, facts.pending_files, facts.refused_files);
        std::mem::replace(&mut self.known, now) != now
    }
}
