//! The end of a run that an operator asks for with `cancel_run`: the run reads the request in its own row of the catalogue, and ends
//! as if it had received SIGTERM. No process ID is involved, so that no other process can be hit.

use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

use super::failure::Failure;
use crate::catalogue::runs::progress::Cancellation;
use crate::exit_code::ExitCode;
use crate::sys::signal::StopSignals;

/// What ends a run when its catalogue row asks for it.
#[derive(Debug, Clone, Default)]
pub struct CancelSwitch {
    notify: Arc<Notify>,
    asked: Arc<OnceLock<Cancellation>>,
}

impl CancelSwitch {
    /// Ends the run. Only the first request counts.
    pub fn cancel(&self, cancellation: Cancellation) {
        if self.asked.set(cancellation).is_ok() {
            self.notify.notify_one();
        }
    }

    /// Lets these signals also report the request.
    pub fn with(&self, signals: StopSignals) -> StopSignals {
        signals.or_cancelled(Arc::clone(&self.notify))
    }

    /// The failure of a run that was interrupted, with the operator who asked for it where one did.
    #[must_use]
    pub fn explain(&self, failure: Failure) -> Failure {
        match self.asked.get() {
            Some(asked) if failure.exit == ExitCode::Interrupted => failure.context(asked),
            _ => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::sys::signal::StopSignal;

    #[tokio::test]
    async fn a_request_is_a_signal_and_names_who_asked() {
        let switch = CancelSwitch::default();
        let mut signals = switch.with(StopSignals::listen().unwrap());
        let plain = Failure::interrupted("ended by SIGTERM");
        assert_eq!(switch.explain(plain.clone()), plain, "nobody asked");
        switch.cancel(Cancellation {
            by: "ann on admin1".to_owned(),
            at: DateTime::UNIX_EPOCH,
        });
        assert_eq!(signals.recv().await, StopSignal::Cancel);
        assert_eq!(
            switch.explain(plain).reason,
            "cancelled by ann on admin1 at 1970-01-01 00:00:00 UTC: ended by SIGTERM"
        );
        let failed = Failure::failed("the disk is full");
        assert_eq!(switch.explain(failed.clone()), failed);
    }
}
