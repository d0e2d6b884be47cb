//! Times and spans as Python prints them.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, Utc};

use super::LocalTime;

/// A clock's reading, which may say its distance from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Local time of the server that wrote it.
    Local(NaiveDateTime),
    /// With its distance from UTC.
    Known(DateTime<Utc>),
}

/// `2026-11-21 06:09:33.495003`; a time on the full second has no fraction.
pub(super) fn time(text: &str) -> Option<Reading> {
    if let Ok(reading) = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f") {
        return Some(Reading::Local(reading));
    }
    DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z")
        .ok()
        .map(|time| Reading::Known(time.with_timezone(&Utc)))
}

/// `0:00:00.568686`, `1 day, 2:03:04`, `-1 day, 23:59:58` (a clock that was set back).
pub(super) fn span(text: &str) -> Option<TimeDelta> {
    let (days, clock) = match text.split_once(", ") {
        Some((days, clock)) => {
            let number = days
                .strip_suffix(" days")
                .or_else(|| days.strip_suffix(" day"))?;
            (number.parse::<i64>().ok()?, clock)
        }
        None => (0, text),
    };
    let mut parts = clock.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let whole = |text: &str, limit: i64| {
        super::is_number(text)
            .then(|| text.parse::<i64>().ok())
            .flatten()
            .filter(|number| *number < limit)
    };
    let micros = format!("{:0<6}", fraction.get(..6).unwrap_or(fraction));
    TimeDelta::try_days(days)?
        .checked_add(&TimeDelta::hours(whole(hours, 1_000_000)?))?
        .checked_add(&TimeDelta::minutes(whole(minutes, 60)?))?
        .checked_add(&TimeDelta::seconds(whole(seconds, 60)?))?
        .checked_add(&TimeDelta::microseconds(whole(&micros, 1_000_000)?))
}

/// Start and end in UTC. A reading that the clock shows twice, when summer time ends, means what agrees best with the
/// duration, else the earlier one; a reading that the clock skips (it was set by hand) counts as the hour after.
pub(super) fn settle(
    started: Reading,
    finished: Reading,
    duration: TimeDelta,
    local: LocalTime<'_>,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let starts = candidates(started, local);
    let ends = candidates(finished, local);
    let pairs = starts
        .iter()
        .flat_map(|start| ends.iter().map(move |end| (*start, *end)));
    pairs.min_by_key(|(start, end)| ((*end - *start) - duration).abs())
}

fn candidates(reading: Reading, local: LocalTime<'_>) -> Vec<DateTime<Utc>> {
    let reading = match reading {
        Reading::Known(time) => return vec![time],
        Reading::Local(reading) => reading,
    };
    match local(&reading) {
        MappedLocalTime::Single(time) => vec![time],
        MappedLocalTime::Ambiguous(one, other) => vec![one.min(other), one.max(other)],
        MappedLocalTime::None => reading
            .checked_add_signed(TimeDelta::hours(1))
            .and_then(|later| local(&later).earliest())
            .into_iter()
            .collect(),
    }
}
