//! The daemon: its constant data, and its memory between passes.

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
    /// The context that all daemons have.
    pub context: Context<Step>,
    /// The alert channels.
    pub channels: Channels,
    /// Messages that were sent but could not be recorded.
    pub unrecorded: Mutex<Vec<Unrecorded>>,
    /// The last failure of each channel, so that it is logged only once.
    pub reasons: Mutex<BTreeMap<AlertChannel, String>>,
    /// Since when the catalogue has been available again.
    pub catalogue_back: Mutex<Option<DateTime<Utc>>>,
    /// Whether the catalogue was unavailable at the last attempt.
    pub catalogue_away: AtomicBool,
}

/// Messages that were sent when the catalogue became unavailable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecorded {
    /// The claim under which they were taken.
    pub claim: Uuid,
    /// The alerts, and whether each message reported the end of its problem.
    pub sent: Vec<(AlertId, AlertMessage, bool)>,
    /// When they were sent.
    pub at: DateTime<Utc>,
}

impl Alerts {
    /// Creates a daemon without memory.
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

    /// Notifies the observer.
    pub fn reached(&self, step: Step) {
        self.context.observer().reached(step);
    }
}
