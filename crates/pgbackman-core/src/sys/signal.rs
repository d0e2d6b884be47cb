//! The signals that ask a program to end, as typed events.
#![forbid(unsafe_code)]

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// A signal that asks a program to end in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopSignal {
    /// SIGTERM.
    Terminate,
    /// SIGINT.
    Interrupt,
    /// SIGHUP.
    Hangup,
    /// No signal of the system: an operator asked for the end through the catalogue.
    Cancel,
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
            Self::Hangup => "SIGHUP",
            Self::Cancel => "a request to cancel the run",
        })
    }
}

/// Listens to the signals that ask this process to end. While one exists they no longer end the process by themselves.
#[derive(Debug)]
pub struct StopSignals {
    listening: Option<Listening>,
    cancel: Option<Arc<Notify>>,
}

#[derive(Debug)]
struct Listening {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl StopSignals {
    /// Starts to listen; must be called inside a tokio runtime with I/O.
    pub fn listen() -> io::Result<Self> {
        let listening = Listening {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        };
        Ok(Self {
            listening: Some(listening),
            cancel: None,
        })
    }

    /// The same, and [`StopSignal::Cancel`] when this is notified.
    #[must_use]
    pub fn or_cancelled(mut self, cancel: Arc<Notify>) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// No signal ever arrives: for tests, and for work that must not be cut.
    pub const fn none() -> Self {
        Self {
            listening: None,
            cancel: None,
        }
    }

    /// Waits for the next one. May be dropped and called again without losing a signal.
    pub async fn recv(&mut self) -> StopSignal {
        let Some(listening) = &mut self.listening else {
            return std::future::pending().await;
        };
        let cancelled = async {
            match &self.cancel {
                Some(cancel) => cancel.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = cancelled => StopSignal::Cancel,
            Some(()) = listening.terminate.recv() => StopSignal::Terminate,
            Some(()) = listening.interrupt.recv() => StopSignal::Interrupt,
            Some(()) = listening.hangup.recv() => StopSignal::Hangup,
        }
    }
}

#[cfg(test)]
mod tests {
    use nix::sys::signal::{Signal as Number, raise};

    use super::*;

    #[tokio::test]
    async fn a_hangup_arrives_as_an_event() {
        let mut signals = StopSignals::listen().unwrap();
        raise(Number::SIGHUP).unwrap();
        assert_eq!(signals.recv().await, StopSignal::Hangup);
    }
}
