//! The daemon: what does not change while it runs, and what it remembers from one pass to the next.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Utc};
use pgbackman_core::daemon::context::Context;
use pgbackman_core::domain::ids::AlertId;
use pgbackman_core::domain::status::{AlertChannel, AlertMessage};
use uuid::Uuid;

use crate::channels::Channels;
use crate::steps::Step;

/// The daemon.
pub struct Alerts {
    /// What every daemon has.
    pub context: Context<Step>,
    /// The ways by which alerts are sent.
    pub channels: Channels,
    /// What was sent and could not be recorded.
    pub unrecorded: Mutex<Vec<Unrecorded>>,
    /// Why the ways were closed when they were last tried, so that it is logged once.
    pub reasons: Mutex<BTreeMap<AlertChannel, String>>,
    /// Since when the catalogue has been there again.
    pub catalogue_back: Mutex<Option<DateTime<Utc>>>,
    /// Whether the catalogue was unavailable when it was last asked.
    pub catalogue_away: AtomicBool,
}

/// Messages that were sent when the catalogue became unavailable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecorded {
    /// Under which claim.
    pub claim: Uuid,
    /// Which, and whether they told of the end.
    pub sent: Vec<(AlertId, AlertMessage, bool)>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Alerts {
    /// A daemon that remembers nothing yet.
    pub fn new(context: Context<Step>, channels: Channels) -> Self {
        Self {
            context,
            channels,
            unrecorded: Mutex::default(),
            reasons: Mutex::default(),
            catalogue_back: Mutex::default(),
            catalogue_away: AtomicBool::new(false),
        }
    }

    /// Tells the observer.
    pub fn reached(&self, step: Step) {
        self.context.observer().reached(step);
    }
}
