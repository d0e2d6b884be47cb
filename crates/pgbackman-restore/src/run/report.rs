//! What the catalogue is told while a restore goes on: that it has begun, and how far it is. Best effort, never a condition.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pgbackman_core::catalogue::restores::restore_results::{self, RestoreRun};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::job::catalogue::{NotAsked, open, within};
use tokio::task::AbortHandle;
use tokio::time::interval;

/// How often it is told how far the restore is.
const PACE: Duration = Duration::from_secs(2);

/// How far a restore is: written by whoever hears the programs, read by whoever tells the catalogue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter {
    done: Arc<AtomicU32>,
    total: Arc<AtomicU32>,
}

impl Counter {
    /// So many objects there will be.
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

    /// What is done, and the total.
    pub(crate) fn now(&self) -> (u32, u32) {
        let total = self.total.load(Ordering::Relaxed);
        (self.done.load(Ordering::Relaxed).min(total), total)
    }
}

/// Tells the catalogue of the run until it is aborted.
pub(crate) fn tell(
    config: &Config,
    env: &Environment,
    result: &RestoreResult,
    counter: &Counter,
) -> AbortHandle {
    let (config, env, counter) = (config.clone(), env.clone(), counter.clone());
    let run = RestoreRun {
        run_uuid: result.run_uuid,
        restore: result.restore,
        server: result.server,
        node: result.node,
        procpid: result.procpid,
        started: result.started,
    };
    let telling = async move {
        if let Err(reason) = keep_telling(&config, &env, &run, &counter).await {
            tracing::warn!("the catalogue is not told how far the restore is: {reason}");
        }
    };
    tokio::spawn(telling).abort_handle()
}

async fn keep_telling(
    config: &Config,
    env: &Environment,
    run: &RestoreRun,
    counter: &Counter,
) -> Result<(), NotAsked> {
    let session = within(async {
        let session = open(config, env).await?;
        restore_results::begin(&*session, run).await?;
        Ok(session)
    })
    .await?;
    let mut told = (0, 0);
    let mut ticks = interval(PACE);
    loop {
        ticks.tick().await;
        let now = counter.now();
        if now != told {
            within(async {
                restore_results::progress(&*session, run.run_uuid, now.0, now.1)
                    .await
                    .map_err(NotAsked::from)
            })
            .await?;
            told = now;
        }
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
