//! What the service manager and the log are told about the state of the daemon.
#![forbid(unsafe_code)]

use std::io;
use std::time::{Duration, Instant};

use crate::sys::notify::Notifier;
use crate::sys::signal::{StopSignal, StopSignals};

/// Without a watchdog, the daemon looks at the clock this often.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The daemon as its service manager sees it.
#[derive(Debug)]
pub struct Service {
    notifier: Notifier,
    next_watchdog: Option<Instant>,
    ready: bool,
    /// What is being waited for, so that it is said once.
    waiting_for: Option<String>,
    failing: Option<usize>,
}

impl Service {
    /// A daemon that has just begun.
    pub fn new(notifier: Notifier, now: Instant) -> Self {
        Self {
            next_watchdog: notifier.watchdog_interval().map(|interval| now + interval),
            notifier,
            ready: false,
            waiting_for: None,
            failing: None,
        }
    }

    /// When [`Service::alive`] is to be called at the latest.
    pub fn next_watchdog(&self) -> Option<Instant> {
        self.next_watchdog
    }

    /// Feeds the watchdog where it is time.
    pub fn alive(&mut self, now: Instant) {
        let Some(interval) = self.notifier.watchdog_interval() else {
            return;
        };
        if self.next_watchdog.is_some_and(|next| next <= now) {
            told(self.notifier.watchdog());
            self.next_watchdog = Some(now + interval);
        }
    }

    /// Waits for a signal, until a point in time where one is given. Feeds the watchdog meanwhile.
    pub async fn wait(
        &mut self,
        until: Option<Instant>,
        signals: &mut StopSignals,
    ) -> Option<StopSignal> {
        loop {
            let beat = self
                .next_watchdog
                .unwrap_or_else(|| Instant::now() + LONGEST_PAUSE);
            let wake = until.map_or(beat, |until| until.min(beat));
            tokio::select! {
                signal = signals.recv() => return Some(signal),
                () = tokio::time::sleep_until(wake.into()) => {
                    let now = Instant::now();
                    self.alive(now);
                    if until.is_some_and(|until| now >= until) {
                        return None;
                    }
                }
            }
        }
    }

    /// Nothing can be done until something changes. That is no reason not to be up: the daemon waits for it.
    pub fn waits_for(&mut self, reason: &str) {
        if self.waiting_for.as_deref() != Some(reason) {
            tracing::error!("{reason}");
            told(self.notifier.status(&format!("Waiting: {reason}")));
            self.waiting_for = Some(reason.to_owned());
            self.failing = None;
        }
        self.is_ready();
    }

    /// What was waited for has happened.
    pub fn waits_no_longer(&mut self) {
        self.waiting_for = None;
    }

    /// Everything that was due has been tried.
    pub fn is_through(&mut self, failing: usize) {
        if self.failing != Some(failing) {
            told(self.notifier.status(&match failing {
                0 => "Up to date with the catalogue".to_owned(),
                _ => format!("could not apply {failing} items; see the log"),
            }));
            self.failing = Some(failing);
        }
        self.is_ready();
    }

    /// The daemon is on its way out.
    pub fn stops(&self) {
        told(self.notifier.stopping());
    }

    fn is_ready(&mut self) {
        if !self.ready {
            self.ready = true;
            told(self.notifier.ready());
        }
    }
}

/// A service manager that does not listen is no reason to stop.
fn told(result: io::Result<()>) {
    if let Err(error) = result {
        tracing::debug!("could not notify the service manager: {error}");
    }
}
