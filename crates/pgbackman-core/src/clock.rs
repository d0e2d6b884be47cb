//! The time of day as a parameter, so that tests decide what time it is.
#![forbid(unsafe_code)]

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

/// Where the current time comes from.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> DateTime<Utc>;
}

/// A time of the configuration or a command line, of which none is longer than ten years.
pub fn time_delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The machine's clock as it was when a run began, going on evenly: a step of the machine's clock in the middle of the run
/// changes neither the order of its moments nor how long it took.
#[derive(Debug, Clone, Copy)]
pub struct SteadyClock {
    began: DateTime<Utc>,
    since: Instant,
}

impl SteadyClock {
    /// A clock that shows `began` now.
    pub fn starting_at(began: DateTime<Utc>) -> Self {
        Self {
            began,
            since: Instant::now(),
        }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> DateTime<Utc> {
        self.began + time_delta(self.since.elapsed())
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    /// A clock that shows `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock by `step`, which may be negative.
    pub fn advance(&self, step: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += step;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::{Clock, FixedClock, SteadyClock};

    #[test]
    fn r6_a_steady_clock_goes_on_from_its_beginning_whatever_the_machines_shows() {
        // The machine's clock is many years off, as after a step.
        let began = DateTime::UNIX_EPOCH;
        let clock = SteadyClock::starting_at(began);
        let (first, second) = (clock.now(), clock.now());
        assert!(began <= first && first <= second);
        assert!(second - began < TimeDelta::hours(1));
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let clock = FixedClock::at(start);
        assert_eq!(clock.now(), start);
        clock.advance(TimeDelta::seconds(90));
        assert_eq!(clock.now(), start + TimeDelta::seconds(90));
    }
}
