//! What does not change while a daemon runs, and what tests decide of it.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Environment};
use crate::steps::{NoObserver, Observer};

/// How long running work may continue after the signal to stop. The next start completes what is cut off then.
pub const STOP_LIMIT: Duration = Duration::from_secs(10);

/// What a test decides: the time, and what happens at each step.
pub struct Surroundings<S> {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Whether that is the machine's clock. A test's clock is not compared with the catalogue's.
    pub clock_is_real: bool,
    /// Observes every step.
    pub observer: Arc<dyn Observer<S>>,
}

impl<S> Default for Surroundings<S> {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            clock_is_real: true,
            observer: Arc::new(NoObserver),
        }
    }
}

/// What does not change while a daemon runs.
pub struct Context<S> {
    /// The configuration.
    pub config: Config,
    /// The environment of the account that the daemon runs as.
    pub env: Environment,
    surroundings: Surroundings<S>,
    /// Set when the program is to end: a pass ends as soon as its work can be interrupted.
    stopping: AtomicBool,
}

impl<S> Context<S> {
    /// The context of a daemon that has just started.
    pub const fn new(config: Config, env: Environment, surroundings: Surroundings<S>) -> Self {
        Self {
            config,
            env,
            surroundings,
            stopping: AtomicBool::new(false),
        }
    }

    /// The time of day.
    pub fn now(&self) -> DateTime<Utc> {
        self.surroundings.clock.now()
    }

    /// Whether [`Context::now`] is the time of the machine's clock, and not a test's.
    pub const fn clock_is_real(&self) -> bool {
        self.surroundings.clock_is_real
    }

    /// The observer of the steps.
    pub fn observer(&self) -> &dyn Observer<S> {
        &*self.surroundings.observer
    }

    /// The test's clock, if the machine's does not count.
    pub fn test_clock(&self) -> Option<Arc<dyn Clock>> {
        let surroundings = &self.surroundings;
        (!surroundings.clock_is_real).then(|| Arc::clone(&surroundings.clock))
    }

    /// Ends the pass in progress as soon as its work can be interrupted.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the pass in progress is to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
