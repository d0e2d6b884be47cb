//! The daemon: what does not change while it runs, and what it remembers from one pass to the next.

use std::sync::PoisonError;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::daemon::context::Context;
use tokio::sync::Mutex;

use crate::journal::Journal;
use crate::steps::Step;

/// The daemon.
pub struct Maintenance {
    /// What every daemon has.
    pub context: Context<Step>,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// How long the process that looks may be at one file.
    pub look_limit: Duration,
    /// The journal. A pass has it for itself.
    pub journal: Mutex<Journal>,
    /// When unfinished files were last searched for.
    partials_searched: std::sync::Mutex<Option<DateTime<Utc>>>,
}

impl Maintenance {
    /// A daemon that remembers nothing yet.
    pub fn new(context: Context<Step>, dry_run: bool, look_limit: Duration) -> Self {
        Self {
            context,
            dry_run,
            look_limit,
            journal: Mutex::new(Journal::new(dry_run)),
            partials_searched: std::sync::Mutex::default(),
        }
    }

    /// Tells the observer.
    pub fn reached(&self, step: Step) {
        self.context.observer().reached(step);
    }

    /// Whether the pass is to end: it ends after its current batch.
    pub fn is_stopping(&self) -> bool {
        self.context.is_stopping()
    }

    /// Whether unfinished files are to be searched for; if so, that is noted. Also when the clock went back.
    pub fn partials_are_due(&self, as_of: DateTime<Utc>, every: TimeDelta) -> bool {
        let mut last = self
            .partials_searched
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| as_of < last || as_of >= last + every);
        if due {
            *last = Some(as_of);
        }
        due
    }
}
