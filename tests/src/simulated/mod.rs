//! Time of a test's own: for the programs, for the catalogue's functions, and for what cron and `at` start.
//!
//! A program's twin reads its clock from [`NOW`]; [`give_time_to`] lets the catalogue's SQL ask the test instead of the
//! machine; [`cron`] and [`at`] say what is due at a minute, from the real crontabs and the real queue of `at`.

pub mod at;
pub mod cron;

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::clock::{Clock, SystemClock};

use crate::postgres::TestDatabase;

/// What the clock of a twin shows when it starts (RFC 3339); without it, it is the machine's.
pub const NOW: &str = "PGBACKMAN_TEST_NOW";

/// A clock that [`NOW`] has set goes on, but no further than this: a busy machine does not carry a run into the next minute.
pub const LONGEST_RUN: TimeDelta = TimeDelta::seconds(30);

/// The clock of a twin.
///
/// # Errors
/// When [`NOW`] is no time.
pub fn clock_of_environment() -> Result<Arc<dyn Clock>, String> {
    match std::env::var(NOW) {
        Err(_) => Ok(Arc::new(SystemClock)),
        Ok(text) => match text.parse() {
            Ok(start) => Ok(Arc::new(RunningClock {
                start,
                since: Instant::now(),
            })),
            Err(error) => Err(format!("{NOW}: {error}")),
        },
    }
}

struct RunningClock {
    start: DateTime<Utc>,
    since: Instant,
}

impl Clock for RunningClock {
    fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.since.elapsed()).unwrap_or(LONGEST_RUN);
        self.start + elapsed.min(LONGEST_RUN)
    }
}

/// From here on `now()` is in this catalogue what [`set_time`] says: in its functions, defaults, views and triggers, and in
/// what the programs ask. PostgreSQL's own `now()` cannot be replaced, so each of them is made again with the test's.
pub fn give_time_to(catalogue: &TestDatabase<'_>) {
    let script = include_str!("time.sql");
    let cluster = catalogue.cluster();
    cluster.psql_script(catalogue.name(), script);
    cluster.psql(
        "postgres",
        &format!(
            "ALTER DATABASE \"{}\" SET search_path = simulated, pg_catalog, public",
            catalogue.name()
        ),
    );
}

/// Sets the time of a catalogue of [`give_time_to`]; it stands still there until it is set again.
pub fn set_time(catalogue: &TestDatabase<'_>, now: DateTime<Utc>) {
    catalogue.psql(&format!(
        "UPDATE simulated.clock SET shows = '{}'",
        now.to_rfc3339()
    ));
}
