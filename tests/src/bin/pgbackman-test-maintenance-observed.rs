//! `pgbackman_maintenance` with a time and an end of the test's own choosing: `PGBACKMAN_TEST_NOW` (RFC 3339) is what its
//! clock shows, without that it is the machine's; `PGBACKMAN_TEST_CLOCK_IS_REAL` lets it pass for the machine's. `PGBACKMAN_TEST_KILL_AFTER` kills it with SIGKILL when it has passed so
//! many steps; `PGBACKMAN_TEST_STOP_AT` stops it (SIGSTOP) at the first step of that name. The steps it passes are counted in
//! the file `PGBACKMAN_TEST_STEPS`, where that is given. The process that looks at files stops (SIGSTOP) before the first that
//! lies below `PGBACKMAN_TEST_HANG_BELOW`, and dies before the first below `PGBACKMAN_TEST_DIE_BELOW`; it is given up after
//! `PGBACKMAN_TEST_LOOK_LIMIT` seconds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use nix::sys::signal::{Signal, raise};
use pgbackman_core::clock::{Clock, FixedClock, SystemClock};
use pgbackman_core::daemon::context::Surroundings as DaemonSurroundings;
use pgbackman_core::steps::Observer;
use pgbackman_maintenance::Surroundings;
use pgbackman_maintenance::looker::LIMIT;
use pgbackman_maintenance::steps::Step;

struct Watching {
    hang_below: Option<PathBuf>,
    die_below: Option<PathBuf>,
    count: AtomicU64,
    kill_after: Option<u64>,
    stop_at: Option<String>,
    steps: Option<PathBuf>,
}

impl Observer<Step> for Watching {
    fn reached(&self, step: Step) {
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(steps) = &self.steps {
            // Where it cannot be written, the test says that no step was passed.
            let _ = fs::write(steps, count.to_string());
        }
        if self.kill_after == Some(count) {
            let _ = raise(Signal::SIGKILL);
        }
        if self.stop_at.as_deref() == Some(&format!("{step:?}")) {
            let _ = raise(Signal::SIGSTOP);
        }
    }
}

impl Observer<&Path> for Watching {
    fn reached(&self, path: &Path) {
        let lies_below =
            |directory: &Option<PathBuf>| directory.as_ref().is_some_and(|it| path.starts_with(it));
        if lies_below(&self.hang_below) {
            let _ = raise(Signal::SIGSTOP);
        }
        if lies_below(&self.die_below) {
            let _ = raise(Signal::SIGKILL);
        }
    }
}

fn main() -> std::process::ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    let now = match variable("PGBACKMAN_TEST_NOW").map(|text| text.parse::<DateTime<Utc>>()) {
        None => None,
        Some(Ok(now)) => Some(now),
        Some(Err(error)) => {
            eprintln!("PGBACKMAN_TEST_NOW: {error}");
            return std::process::ExitCode::FAILURE;
        }
    };
    let clock: Arc<dyn Clock> = match now {
        Some(now) => Arc::new(FixedClock::at(now)),
        None => Arc::new(SystemClock),
    };
    let watching = Arc::new(Watching {
        hang_below: variable("PGBACKMAN_TEST_HANG_BELOW").map(PathBuf::from),
        die_below: variable("PGBACKMAN_TEST_DIE_BELOW").map(PathBuf::from),
        count: AtomicU64::new(0),
        kill_after: variable("PGBACKMAN_TEST_KILL_AFTER").and_then(|text| text.parse().ok()),
        stop_at: variable("PGBACKMAN_TEST_STOP_AT"),
        steps: variable("PGBACKMAN_TEST_STEPS").map(PathBuf::from),
    });
    pgbackman_maintenance::main_with(Surroundings {
        daemon: DaemonSurroundings {
            clock_is_real: now.is_none() || variable("PGBACKMAN_TEST_CLOCK_IS_REAL").is_some(),
            clock,
            observer: Arc::clone(&watching) as _,
        },
        look_limit: variable("PGBACKMAN_TEST_LOOK_LIMIT")
            .and_then(|text| text.parse().ok())
            .map_or(LIMIT, Duration::from_secs),
        looks: watching,
    })
}
