//! The simulated time: minutes since the beginning. Midnight in the middle begins a new day, week, month and year at once.

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};

/// Minutes since the beginning.
pub(super) type Minute = i64;

/// The last minute in which something is started.
pub(super) const LAST: Minute = 64;
/// Each so many minutes maintenance makes a pass.
const PASS_EVERY: Minute = 5;

/// When a minute begins. The 31st of December 2028 is a Sunday.
pub(super) fn time(minute: Minute) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2028, 12, 31, 23, 25, 0).unwrap() + TimeDelta::minutes(minute)
}

/// When maintenance makes its pass of a minute: whatever was started in that minute has ended before.
pub(super) fn time_of_pass(minute: Minute) -> DateTime<Utc> {
    time(minute) + TimeDelta::seconds(50)
}

/// The minute of a time.
pub(super) fn minute_of(moment: DateTime<Utc>) -> Minute {
    (moment - time(0)).num_seconds().div_euclid(60)
}

/// Whether a pass is due in a minute.
pub(super) fn has_pass(minute: Minute) -> bool {
    minute % PASS_EVERY == PASS_EVERY - 1
}
