//! `pgbackman_alerts` with a time and an end of the test's own choosing: `PGBACKMAN_TEST_NOW` sets its clock,
//! `PGBACKMAN_TEST_KILL_AT` kills it with SIGKILL when it reaches the step of that name for the `PGBACKMAN_TEST_KILL_COUNT`th
//! time (the first without that).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::sys::signal::{Signal, raise};
use pgbackman_alerts::steps::Step;
use pgbackman_core::daemon::context::Surroundings;
use pgbackman_core::steps::Observer;
use pgbackman_tests::simulated::{NOW, clock_of_environment};

struct Killing {
    step: Option<String>,
    left: AtomicU64,
}

impl Observer<Step> for Killing {
    fn reached(&self, step: Step) {
        if self.step.as_deref() == Some(&format!("{step:?}"))
            && self.left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            let _ = raise(Signal::SIGKILL);
        }
    }
}

fn main() -> std::process::ExitCode {
    let clock = match clock_of_environment() {
        Ok(clock) => clock,
        Err(error) => {
            eprintln!("{error}");
            return std::process::ExitCode::FAILURE;
        }
    };
    let variable = |name: &str| std::env::var(name).ok();
    let count = variable("PGBACKMAN_TEST_KILL_COUNT").and_then(|text| text.parse().ok());
    pgbackman_alerts::main_with(Surroundings {
        clock,
        clock_is_real: variable(NOW).is_none(),
        observer: Arc::new(Killing {
            step: variable("PGBACKMAN_TEST_KILL_AT"),
            left: AtomicU64::new(count.unwrap_or(1)),
        }),
    })
}
