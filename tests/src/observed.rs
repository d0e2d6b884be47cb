//! `pgbackman_dump` and `pgbackman_restore` under observation: they end or stand still at a named step, as the kill tests need it.
//!
//! `PGBACKMAN_TEST_AT` names the step, `PGBACKMAN_TEST_SIGNAL` what the program sends itself there: `KILL`, `STOP` or `CONT`. Each
//! step it reaches is added to the file `PGBACKMAN_TEST_STEPS`. `PGBACKMAN_TEST_NOW` sets its clock.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use nix::sys::signal::{Signal, raise};
use pgbackman_core::clock::Clock;
use pgbackman_core::job::progress::NamedStep;
use pgbackman_core::steps::Observer;

use crate::simulated::clock_of_environment;

/// Does at each step what the environment says.
#[derive(Debug)]
pub struct Named {
    at: Option<String>,
    signal: Signal,
    steps: Option<std::fs::File>,
}

impl Named {
    fn from_environment() -> Self {
        let steps = std::env::var_os("PGBACKMAN_TEST_STEPS").and_then(|path| {
            std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .ok()
        });
        let signal = match std::env::var("PGBACKMAN_TEST_SIGNAL").as_deref() {
            Ok("CONT") => Signal::SIGCONT,
            Ok("STOP") => Signal::SIGSTOP,
            _ => Signal::SIGKILL,
        };
        Self {
            at: std::env::var("PGBACKMAN_TEST_AT").ok(),
            signal,
            steps,
        }
    }
}

impl<S: NamedStep> Observer<S> for Named {
    fn reached(&self, step: S) {
        if let Some(mut steps) = self.steps.as_ref() {
            // A test that cannot read the steps fails by itself.
            let _ = writeln!(steps, "{}", step.name());
        }
        if self.at.as_deref() == Some(step.name()) {
            let _ = raise(self.signal);
        }
    }
}

/// Runs a program with the observer and the clock of the environment.
pub fn run(program: impl FnOnce(&Named, &Arc<dyn Clock>) -> ExitCode) -> ExitCode {
    match clock_of_environment() {
        Ok(clock) => program(&Named::from_environment(), &clock),
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
