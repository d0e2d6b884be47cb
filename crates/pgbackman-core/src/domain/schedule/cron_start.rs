//! Two starts of one definition that stand for the same time of its schedule.
//!
//! Where a clock skips an hour (or is set forward), cron starts each time of a schedule that was skipped, one after the other, ten
//! seconds and more apart: `0,30 2 * * *` twice at 03:00. One run stands for all of them.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::schedule::Schedule;

/// A start by cron.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CronStart {
    /// The schedule, as the crontab has it.
    pub schedule: String,
    /// The last time of the schedule before the start, or at it: what the start stands for.
    pub stands_for: Option<DateTime<Utc>>,
    /// When it was started, by the machine's clock.
    pub started: DateTime<Utc>,
    /// The machine's boot.
    pub boot_id: String,
    /// Seconds since that boot, by a clock that nobody sets.
    pub uptime: u64,
}

impl CronStart {
    /// A start of this schedule now.
    pub fn now<Tz: TimeZone>(
        schedule: &Schedule,
        zone: &Tz,
        started: DateTime<Utc>,
        boot_id: String,
        uptime: u64,
    ) -> Self {
        let just_after = (started + TimeDelta::seconds(1)).with_timezone(zone);
        Self {
            schedule: schedule.in_numbers(),
            stands_for: schedule
                .previous_before(&just_after)
                .map(|time| time.with_timezone(&Utc)),
            started,
            boot_id,
            uptime,
        }
    }

    /// Whether an earlier start has stood for what this one would stand for.
    ///
    /// Both clocks must say that the starts belong together: in one minute, or nearer to each other than half of what lies between
    /// two times of the schedule, which starts of the times themselves never are. So a clock that is set back, a schedule that was
    /// changed, a reboot, and a cron in another time zone than this process lose no run.
    pub fn is_repetition_of(&self, earlier: &Self, schedule: &Schedule) -> bool {
        let minute = |start: &Self| start.started.timestamp().div_euclid(60);
        let by_clock = self.started - earlier.started;
        let Some(elapsed) = self.uptime.checked_sub(earlier.uptime) else {
            return false;
        };
        let elapsed = TimeDelta::seconds(i64::try_from(elapsed).unwrap_or(i64::MAX / 1_000));
        let near = schedule.shortest_distance() / 2;
        let same_minute = minute(self) == minute(earlier) && elapsed < TimeDelta::minutes(1);
        self.schedule == earlier.schedule
            && self.stands_for == earlier.stands_for
            && self.boot_id == earlier.boot_id
            && by_clock >= TimeDelta::zero()
            && (same_minute || (by_clock < near && elapsed < near))
    }
}

#[cfg(test)]
#[path = "cron_start_tests.rs"]
mod tests;
