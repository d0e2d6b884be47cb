//! `pgbackman_maintenance` with a time and an end of the test's own choosing: `PGBACKMAN_TEST_NOW` (RFC 3339) is what its
//! clock shows, without that it is the machine's; `PGBACKMAN_TEST_CLOCK_IS_REAL` lets it pass for the machine's. `PGBACKMAN_TEST_KILL_AFTER` kills it with SIGKILL when it has passed so
//! many steps; `PGBACKMAN_TEST_STOP_AT` stops it (SIGSTOP) at the first step of that name, with `PGBACKMAN_TEST_STOP_ONCE` only
//! where that file is there, which is removed. The steps it passes are counted in
//! the file `PGBACKMAN_TEST_STEPS`, where that is given. The processes that work on files stop (SIGSTOP) before the first that
//! lies below `PGBACKMAN_TEST_HANG_BELOW`, the one that deletes also before `PGBACKMAN_TEST_HANG_AT` itself, and die before the first below `PGBACKMAN_TEST_DIE_BELOW`; they are given up after
//! `PGBACKMAN_TEST_LOOK_LIMIT` seconds, the one that deletes after five times that. The latter takes its program with it when it is
//! killed after so many steps of its own; with `PGBACKMAN_TEST_KILL_ALONE` only itself; and it waits `PGBACKMAN_TEST_SLOW`
//! milliseconds after each step. The process that recovers dead runs stops before its work where
//! `PGBACKMAN_TEST_HANG_RECOVERY` is set, and is given up after ten times the limit of a look.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::getppid;
use pgbackman_core::clock::{Clock, FixedClock, SystemClock};
use pgbackman_core::daemon::context::Surroundings as DaemonSurroundings;
use pgbackman_core::steps::Observer;
use pgbackman_maintenance::Surroundings;
use pgbackman_maintenance::look::looker::LIMIT;
use pgbackman_maintenance::steps::Step;

struct Watching {
    deletes: bool,
    alone: bool,
    slow: Option<Duration>,
    hang_below: Option<PathBuf>,
    hang_at: Option<PathBuf>,
    die_below: Option<PathBuf>,
    count: AtomicU64,
    kill_after: Option<u64>,
    stop_at: Option<String>,
    stop_once: Option<PathBuf>,
    steps: Option<PathBuf>,
}

impl Observer<Step> for Watching {
    fn reached(&self, step: Step) {
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(steps) = &self.steps {
            // Where it cannot be written, the test says that no step was passed.
            let _ = fs::write(steps, count.to_string());
        }
        if let (true, Some(slow)) = (self.deletes, self.slow) {
            std::thread::sleep(slow);
        }
        // The first of the two processes that has passed so many ends both.
        if self.kill_after == Some(count) && (self.deletes || !self.alone) {
            if self.deletes && !self.alone {
                let _ = kill(getppid(), Signal::SIGKILL);
            }
            let _ = raise(Signal::SIGKILL);
        }
        let is_once = |file: &PathBuf| fs::remove_file(file).is_ok();
        if self.stop_at.as_deref() == Some(&format!("{step:?}"))
            && self.stop_once.as_ref().is_none_or(is_once)
        {
            let _ = raise(Signal::SIGSTOP);
        }
    }
}

impl Observer<&Path> for Watching {
    fn reached(&self, path: &Path) {
        let lies_below =
            |directory: &Option<PathBuf>| directory.as_ref().is_some_and(|it| path.starts_with(it));
        if lies_below(&self.hang_below) || self.hang_at.as_deref() == Some(path) && self.deletes {
            let _ = raise(Signal::SIGSTOP);
        }
        if lies_below(&self.die_below) {
            let _ = raise(Signal::SIGKILL);
        }
    }
}

fn main() -> std::process::ExitCode {
    let variable = |name: &str| std::env::var(name).ok();
    let recovers = std::env::args().any(|argument| argument == "--recover-runs");
    if recovers && variable("PGBACKMAN_TEST_HANG_RECOVERY").is_some() {
        let _ = raise(Signal::SIGSTOP);
    }
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
        deletes: pgbackman_maintenance::helper::helper_child::is_asked_for(
            pgbackman_maintenance::removal::removal_child::ARGUMENT,
        ),
        alone: variable("PGBACKMAN_TEST_KILL_ALONE").is_some(),
        slow: variable("PGBACKMAN_TEST_SLOW")
            .and_then(|text| text.parse().ok())
            .map(Duration::from_millis),
        hang_below: variable("PGBACKMAN_TEST_HANG_BELOW").map(PathBuf::from),
        hang_at: variable("PGBACKMAN_TEST_HANG_AT").map(PathBuf::from),
        die_below: variable("PGBACKMAN_TEST_DIE_BELOW").map(PathBuf::from),
        count: AtomicU64::new(0),
        kill_after: variable("PGBACKMAN_TEST_KILL_AFTER").and_then(|text| text.parse().ok()),
        stop_at: variable("PGBACKMAN_TEST_STOP_AT"),
        stop_once: variable("PGBACKMAN_TEST_STOP_ONCE").map(PathBuf::from),
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
