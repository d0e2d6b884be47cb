//! How long a run may take, and whether it is asked to stop.

use std::future::Future;
use std::time::Duration;

use crate::sys::process::Limits;
use crate::sys::signal::StopSignals;
use tokio::time::{Instant, sleep_until};

use super::failure::Failure;

/// How long a client program may take to end after SIGTERM: it cancels its statements first.
const GRACE: Duration = Duration::from_secs(10);

/// The limits of a run: `max_duration`, and the signals that end it.
#[derive(Debug)]
pub struct Bounds {
    deadline: Instant,
    max_duration: Duration,
    stop: StopSignals,
}

impl Bounds {
    /// A run that begins now.
    pub fn new(max_duration: Duration, stop: StopSignals) -> Self {
        Self {
            deadline: Instant::now() + max_duration,
            max_duration,
            stop,
        }
    }

    /// Waits for something of our own, unless the run must end first; then it is dropped.
    pub async fn within<T>(
        &mut self,
        doing: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = work => Ok(done),
            () = sleep_until(self.deadline) => Err(self.timed_out(doing)),
            signal = self.stop.recv() => Err(Failure::interrupted(format!("ended by {signal} while trying to {doing}"))),
        }
    }

    /// The same limits for a program, and the signals to watch meanwhile.
    pub fn for_program(&mut self) -> (Limits, &mut StopSignals) {
        (
            Limits {
                deadline: self.deadline,
                grace: GRACE,
            },
            &mut self.stop,
        )
    }

    fn timed_out(&self, doing: &str) -> Failure {
        Failure::interrupted(format!(
            "timed out while trying to {doing}: the run took longer than max_duration ({} s)",
            self.max_duration.as_secs()
        ))
    }
}
