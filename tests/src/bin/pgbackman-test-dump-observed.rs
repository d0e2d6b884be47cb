//! `pgbackman_dump` under observation: it ends or stands still at a named step, as the kill tests need it.
//!
//! `PGBACKMAN_TEST_AT` names the step, `PGBACKMAN_TEST_SIGNAL` what the program sends itself there: `KILL` or `STOP`. Each step
//! it reaches is added to the file `PGBACKMAN_TEST_STEPS`. `PGBACKMAN_TEST_NOW` sets its clock.

use std::io::Write as _;
use std::process::ExitCode;

use nix::sys::signal::{Signal, raise};
use pgbackman_dump::step::{Observer, Step};
use pgbackman_tests::simulated::clock_of_environment;

struct Named {
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

impl Observer for Named {
    fn reached(&mut self, step: Step) {
        if let Some(steps) = &mut self.steps {
            // A test that cannot read the steps fails by itself.
            let _ = writeln!(steps, "{}", step.name());
        }
        if self.at.as_deref() == Some(step.name()) {
            let _ = raise(self.signal);
        }
    }
}

fn main() -> ExitCode {
    pgbackman_dump::guardian_entry().unwrap_or_else(|| {
        let clock = match clock_of_environment() {
            Ok(clock) => clock,
            Err(reason) => {
                eprintln!("{reason}");
                return ExitCode::FAILURE;
            }
        };
        pgbackman_dump::run_with(std::env::args_os(), &mut Named::from_environment(), &clock)
    })
}
