//! Runs that cron should have started and that nobody has heard of.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use super::schedule::Schedule;
use super::schedule_runs::schedule_runs;

/// Runs are counted at most so far back.
const COUNTED: TimeDelta = TimeDelta::days(7);
/// And looked for so far back where there is none within `COUNTED`: whoever asks needs the server's zone for as long.
pub const LOOKED_FOR: TimeDelta = TimeDelta::days(32);

/// What is missing of one definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MissedRuns {
    /// How many runs since the last one that began: those of the last seven days, or of the last 32 where these have none.
    pub count: usize,
    /// When the first of them should have begun.
    pub first: Option<DateTime<Utc>>,
}

/// The runs that should have begun after `since` (when the last one began, or the definition was registered) and more than
/// `grace` before `now`.
pub fn missed_runs<Tz: TimeZone>(
    schedule: &Schedule,
    zone: &Tz,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    grace: TimeDelta,
) -> MissedRuns {
    let until = now - grace;
    // A run begins within the minute that follows its time, and at no second of it exactly.
    let after = since + TimeDelta::milliseconds(1);
    let within = |window: TimeDelta| schedule_runs(schedule, zone, after.max(now - window), until);
    let mut runs = within(COUNTED);
    if runs.is_empty() && after < now - COUNTED {
        runs = within(LOOKED_FOR);
    }
    MissedRuns {
        count: runs.len(),
        first: runs.first().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn missed(fields: [&str; 5], since: &str, now: &str) -> MissedRuns {
        let schedule = Schedule::parse(fields).unwrap();
        missed_runs(
            &schedule,
            &Utc,
            utc(since),
            utc(now),
            TimeDelta::minutes(15),
        )
    }

    const DAILY: [&str; 5] = ["30", "4", "*", "*", "*"];

    #[test]
    fn a_run_is_missed_when_its_grace_is_over_and_not_before() {
        let began = "2026-11-20T04:30:01Z";
        assert_eq!(missed(DAILY, began, "2026-11-21T04:45:00Z").count, 0);
        let late = missed(DAILY, began, "2026-11-21T04:45:01Z");
        assert_eq!(
            (late.count, late.first),
            (1, Some(utc("2026-11-21T04:30:00Z")))
        );
        assert_eq!(missed(DAILY, began, "2026-11-23T12:00:00Z").count, 3);
    }

    #[test]
    fn a_run_that_began_in_its_minute_or_was_merely_late_is_not_missed() {
        for began in [
            "2026-11-21T04:30:00Z",
            "2026-11-21T04:30:59Z",
            "2026-11-21T09:00:00Z",
        ] {
            assert_eq!(
                missed(DAILY, began, "2026-11-21T12:00:00Z").count,
                0,
                "{began}"
            );
        }
    }

    #[test]
    fn a_monthly_run_is_missed_also_after_weeks_and_many_are_counted_for_a_week() {
        let monthly = ["0", "1", "1", "*", "*"];
        let found = missed(monthly, "2026-10-01T01:00:01Z", "2026-11-21T12:00:00Z");
        assert_eq!(
            (found.count, found.first),
            (1, Some(utc("2026-11-01T01:00:00Z")))
        );
        assert_eq!(
            missed(DAILY, "2020-01-01T00:00:00Z", "2026-11-21T12:00:00Z").count,
            7
        );
        let never = ["0", "0", "31", "2", "*"];
        assert_eq!(
            missed(never, "2020-01-01T00:00:00Z", "2026-11-21T12:00:00Z").count,
            0
        );
    }
}
