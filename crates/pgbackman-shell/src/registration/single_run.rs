//! The time of a snapshot or a restore. A time in the past would start it immediately, which is rarely intended, and
//! a restore that starts immediately replaces a database in use: to run it now, write `now`.

use chrono::{DateTime, Local, TimeDelta, Utc};
use pgbackman_core::domain::schedule::at_time;

use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// How far a time may be in the past: a script that inserts the current time needs a moment.
const LATENESS: TimeDelta = TimeDelta::minutes(5);

/// The time of the run. In a dialogue, the time was checked when it was given, so that slow answers to other
/// questions do not matter.
///
/// # Errors
/// For an invalid time, and for a time in the past.
pub fn time(shell: &Shell, text: &str, prompted: bool) -> Result<DateTime<Utc>, CommandError> {
    let time = at_time::parse(text, shell.now(), &Local)
        .map_err(|error| CommandError::Invalid(error.to_string()))?;
    if !prompted {
        check_lateness(time, shell.now())?;
    }
    Ok(time)
}

/// Checks the answer of a dialogue.
///
/// # Errors
/// As for [`time`].
pub fn check(shell: &Shell, _: &Answers, text: &str) -> Result<(), CommandError> {
    time(shell, text, false).map(drop)
}

fn check_lateness(at_time: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), CommandError> {
    if at_time < at_time::to_the_minute(now) - LATENESS {
        return Err(CommandError::Invalid(format!(
            "AT timestamp: {} is in the past; use now to run it immediately",
            at_time::shown(at_time, &Local)
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_has_passed_is_refused_but_for_a_moment() {
        let now = "2026-11-21T04:30:59Z".parse::<DateTime<Utc>>().unwrap();
        for (minutes, accepted) in [(0, true), (5, true), (6, false), (-600, true)] {
            let time = at_time::to_the_minute(now) - TimeDelta::minutes(minutes);
            assert_eq!(check_lateness(time, now).is_ok(), accepted, "{minutes}");
        }
    }
}
