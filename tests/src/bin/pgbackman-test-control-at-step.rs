//! `pgbackman_control` that does something at a named step: `PGBACKMAN_TEST_DIE_AT` kills it there with SIGKILL,
//! `PGBACKMAN_TEST_PAUSE_AT` stops it there until a file appears. In `PGBACKMAN_TEST_STEPS`, a directory, each step that
//! was reached leaves a file of its name; a paused one goes on when `<name>.go` is there. `PGBACKMAN_TEST_NOW` sets its clock.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, raise};
use pgbackman_control::steps::Step;
use pgbackman_core::daemon::context::Surroundings;
use pgbackman_core::steps::Observer;
use pgbackman_tests::simulated::clock_of_environment;

struct AtStep {
    directory: Option<PathBuf>,
    die: Option<Step>,
    pause: Option<Step>,
}

impl Observer<Step> for AtStep {
    fn reached(&self, step: Step) {
        let Some(directory) = &self.directory else {
            return;
        };
        let mark = directory.join(step.name());
        let again = mark.exists();
        // Where the mark cannot be made, the test says that the step was not hit.
        let _ = fs::write(&mark, "");
        if self.die == Some(step) {
            let _ = raise(Signal::SIGKILL);
        }
        // Only the first time: the test has then made what it wanted to happen in between.
        if self.pause == Some(step) && !again {
            let go = directory.join(format!("{step}.go"));
            while !go.exists() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

fn main() -> std::process::ExitCode {
    let step = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let clock = match clock_of_environment() {
        Ok(clock) => clock,
        Err(reason) => {
            eprintln!("{reason}");
            return std::process::ExitCode::FAILURE;
        }
    };
    let observer = AtStep {
        directory: std::env::var_os("PGBACKMAN_TEST_STEPS").map(PathBuf::from),
        die: step("PGBACKMAN_TEST_DIE_AT"),
        pause: step("PGBACKMAN_TEST_PAUSE_AT"),
    };
    pgbackman_control::main_with(Surroundings {
        clock,
        clock_is_real: true,
        observer: Arc::new(observer),
    })
}
