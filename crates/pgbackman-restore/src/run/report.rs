//! What the catalogue is told while a restore continues: that it has begun, and how far it is. Best effort, never a condition.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use pgbackman_core::catalogue::restores::restore_results::RestoreRun;
use pgbackman_core::catalogue::runs::progress::HowFar;
use pgbackman_core::job::cancellation::CancelSwitch;
use pgbackman_core::job::telling::{self, Beginning};
use tokio::task::AbortHandle;

use crate::app::App;
use crate::run::progress::Progress;

/// How far a restore is: written by whoever hears the programs, read by whoever tells the catalogue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter {
    done: Arc<AtomicU32>,
    total: Arc<AtomicU32>,
    verified: Arc<AtomicU64>,
    to_verify: Arc<AtomicU64>,
}

impl Counter {
    /// Sets the total number of objects.
    pub(crate) fn expect(&self, total: usize) {
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        self.total.store(total, Ordering::Relaxed);
    }

    /// One more is done; returns what is done and the total, where that has just passed another twentieth.
    pub(crate) fn one_more(&self) -> Option<(u32, u32)> {
        let total = self.total.load(Ordering::Relaxed).max(1);
        let done = self.done.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let part = |done: u32| u64::from(done) * 20 / u64::from(total);
        // A client may report more than the list has.
        (done <= total && part(done) > part(done - 1)).then_some((done, total))
    }

    /// Sets the number of bytes to verify.
    pub(crate) fn expect_bytes(&self, total: u64) {
        self.to_verify.store(total, Ordering::Relaxed);
    }

    /// Adds to the number of verified bytes.
    pub(crate) fn verified(&self, more: usize) {
        self.verified.fetch_add(more as u64, Ordering::Relaxed);
    }

    /// The bytes that are verified, of how many; none where nothing is.
    fn bytes(&self) -> Option<(u64, u64)> {
        let total = self.to_verify.load(Ordering::Relaxed);
        (total > 0).then(|| (self.verified.load(Ordering::Relaxed), total))
    }

    /// What is done, and the total.
    pub(crate) fn now(&self) -> (u32, u32) {
        let total = self.total.load(Ordering::Relaxed);
        (self.done.load(Ordering::Relaxed).min(total), total)
    }
}

/// Tells the catalogue of the run until it is aborted.
pub(crate) fn tell(app: &App<'_>, progress: &Progress<'_>, cancel: &CancelSwitch) -> AbortHandle {
    let result = &progress.record().result;
    let run = RestoreRun {
        run_uuid: result.run_uuid,
        restore: result.restore,
        server: result.server,
        node: result.node,
        procpid: result.procpid,
        started: result.started,
    };
    let (position, counter) = (progress.position(), app.counter.clone());
    let look = move || how_far(position.borrow().phase, &counter);
    telling::tell(app.config, app.env, Beginning::Restore(run), look, cancel)
}

/// How far a restore is.
pub(crate) fn how_far(phase: &'static str, counter: &Counter) -> HowFar {
    let (done, total) = counter.now();
    HowFar {
        phase,
        bytes_done: counter.bytes().map(|(verified, _)| verified),
        bytes_expected: counter.bytes().map(|(_, total)| total),
        objects: (total > 0).then_some((done, total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_said_at_each_twentieth_and_never_exceeds_the_total() {
        let counter = Counter::default();
        counter.expect(100);
        let said: Vec<_> = (0..150).filter_map(|_| counter.one_more()).collect();
        assert_eq!(said.len(), 20);
        assert_eq!((said[0], said[19]), ((5, 100), (100, 100)));
        assert_eq!(counter.now(), (100, 100));
    }
}
