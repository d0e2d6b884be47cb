//! What stays the same while the program runs, and what it remembers from one pass to the next.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_core::catalog::CatalogError;
use pgbackman_core::clock::Clock;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{DeadlineError, Session, with_deadline};
use pgbackman_core::domain::ids::AlertId;
use pgbackman_core::domain::status::{AlertChannel, AlertMessage};
use uuid::Uuid;

use crate::channels::Channels;
use crate::steps::{Observer, Step};

/// How long one question to the catalogue may take: longer, and the catalogue counts as away.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// Configuration, environment and the ways to time and tests.
pub struct World {
    /// The configuration.
    pub config: Config,
    /// The environment of the jobs' user.
    pub env: Environment,
    /// The ways by which alerts are sent.
    pub channels: Channels,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Whether the clock is a machine's: the catalogue's counts then.
    pub clock_is_real: bool,
    /// Is told of every step.
    pub observer: Arc<dyn Observer>,
    /// Set when the program is to end: a pass ends after what it is sending.
    pub stopping: AtomicBool,
    /// What was sent and could not be recorded.
    pub unrecorded: Mutex<Vec<Unrecorded>>,
    /// Why the ways were closed when they were last tried, so that it is logged once.
    pub reasons: Mutex<BTreeMap<AlertChannel, String>>,
    /// Since when the catalogue has been there again.
    pub catalogue_back: Mutex<Option<DateTime<Utc>>>,
    /// Whether the catalogue was away when it was last asked.
    pub catalogue_away: AtomicBool,
}

/// Messages that were sent while the catalogue went away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecorded {
    /// Under which claim.
    pub claim: Uuid,
    /// Which, and whether they told of the end.
    pub sent: Vec<(AlertId, AlertMessage, bool)>,
    /// When.
    pub at: DateTime<Utc>,
}

impl World {
    /// Tells the observer.
    pub fn reached(&self, step: Step) {
        self.observer.reached(step);
    }

    /// Whether the pass is to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

/// Asks the catalogue something, with a limit of time: a catalogue that hangs is one that is away.
pub async fn ask<T>(
    session: &Session,
    question: impl Future<Output = Result<T, CatalogError>>,
) -> Result<T, CatalogError> {
    match with_deadline(&session.canceller(), ANSWER_LIMIT, question).await {
        Ok(answer) => Ok(answer),
        Err(DeadlineError::Failed(error)) => Err(error),
        Err(elapsed @ DeadlineError::Elapsed(_)) => Err(CatalogError::Unavailable {
            action: "ask the catalogue",
            reason: elapsed.to_string(),
        }),
    }
}
