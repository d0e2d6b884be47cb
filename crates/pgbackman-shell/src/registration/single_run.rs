//! The time of what is run once, a snapshot or a restore. One that has passed would run at once, which is hardly what was
//! meant, and a restore that runs at once puts another database into the place of one that is in use: whoever wants that
//! writes `now`.

use chrono::{DateTime, Local, TimeDelta, Utc};
use pgbackman_core::domain::schedule::at_time;

use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// How far a time may lie behind: a script that says what time it is needs a moment until it is read.
const LATENESS: TimeDelta = TimeDelta::minutes(5);

/// When it is run. In a dialogue the time was judged when it was given, and whoever answered the other questions slowly
/// need not answer them again.
///
/// # Errors
/// For a text that is no time, and for a time that has passed.
pub fn time(shell: &Shell, text: &str, prompted: bool) -> Result<DateTime<Utc>, CommandError> {
    let time = at_time::parse(text, shell.now(), &Local)
        .map_err(|error| CommandError::Invalid(error.to_string()))?;
    if !prompted {
        check_lateness(time, shell.now())?;
    }
    Ok(time)
}

/// Judges the answer of a dialogue.
///
/// # Errors
/// As [`time`].
pub fn check(shell: &Shell, _: &Answers, text: &str) -> Result<(), CommandError> {
    time(shell, text, false).map(drop)
}

fn check_lateness(at_time: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), CommandError> {
    if at_time < at_time::to_the_minute(now) - LATENESS {
        return Err(CommandError::Invalid(format!(
            "AT timestamp: {} has passed; write now to have it at once",
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
