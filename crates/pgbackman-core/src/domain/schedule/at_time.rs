//! The time of a snapshot or restore, as an operator types it: read in the zone of the machine the shell runs on, kept as
//! a point in time, to the minute, as `at` works (trap 22).

use chrono::format::{Parsed, StrftimeItems, parse as parse_items};
use chrono::{DateTime, DurationRound as _, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use thiserror::Error;

/// A text that names no single point in time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AtTimeError {
    /// It has none of the accepted forms.
    #[error("{0:?} is not a time; allowed: {ALLOWED}")]
    Unreadable(String),
    /// The clock shows it twice, because it is put back.
    #[error(
        "{text:?} occurs twice, because the clock is put back at that time: write {first} or {second}"
    )]
    Ambiguous {
        /// The text as it was given.
        text: String,
        /// The earlier of the two, with its offset.
        first: String,
        /// The later one.
        second: String,
    },
    /// The clock never shows it, because it is put forward.
    #[error(
        "{0:?} does not exist, because the clock is put forward at that time; write another time, or one with an offset"
    )]
    Skipped(String),
}

/// The accepted forms, in words.
pub const ALLOWED: &str = "now, now + 10 minutes (hours, days), or YYYY-MM-DD HH:MM in this machine's time zone or with an \
                           offset (+02:00, Z)";

/// With an offset of its own.
const WITH_OFFSET: [&str; 2] = ["%Y-%m-%d %H:%M:%S%#z", "%Y-%m-%d %H:%M%#z"];
/// In the zone of the machine; the last one is how 1.x's lists show a time.
const WITHOUT_OFFSET: [&str; 3] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y%m%d%H%M"];

/// The point in time that `text` means in `zone`; seconds are cut off.
///
/// # Errors
/// When the text has no accepted form, or the clock shows that time twice or never.
pub fn parse<Z: TimeZone>(
    text: &str,
    now: DateTime<Utc>,
    zone: &Z,
) -> Result<DateTime<Utc>, AtTimeError> {
    let unreadable = || AtTimeError::Unreadable(text.to_owned());
    let trimmed = text.trim();
    if let Some(rest) = strip_now(trimmed) {
        let delay = delay(rest).ok_or_else(unreadable)?;
        let time = now.checked_add_signed(delay).ok_or_else(unreadable)?;
        return Ok(to_the_minute(time));
    }
    let text = trimmed.replacen('T', " ", 1);
    let with_offset = WITH_OFFSET.iter().find_map(|format| {
        let time = DateTime::parse_from_str(&text, format).ok()?;
        Some(to_the_minute(time.with_timezone(&Utc)))
    });
    if let Some(time) = with_offset {
        return Ok(time);
    }
    let local = WITHOUT_OFFSET
        .iter()
        .find_map(|format| naive(&text, format))
        .ok_or_else(unreadable)?;
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => Ok(to_the_minute(time.with_timezone(&Utc))),
        LocalResult::None => Err(AtTimeError::Skipped(text)),
        LocalResult::Ambiguous(first, second) => Err(AtTimeError::Ambiguous {
            text,
            first: shown(first.with_timezone(&Utc), zone),
            second: shown(second.with_timezone(&Utc), zone),
        }),
    }
}

/// A time as the shell shows it in `zone`, with its offset: `2026-11-21 04:49:00+00:00`. [`parse`] reads it again.
pub fn shown<Z: TimeZone>(time: DateTime<Utc>, zone: &Z) -> String {
    let local = time.with_timezone(zone).fixed_offset();
    local.format("%Y-%m-%d %H:%M:%S%:z").to_string()
}

/// The default of a dialogue: in a minute from now.
pub fn in_a_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    to_the_minute(now + TimeDelta::minutes(1))
}

/// `at` knows no seconds; a time that is cut to its minute is never late.
pub fn to_the_minute(time: DateTime<Utc>) -> DateTime<Utc> {
    // Fails only for a span that does not fit into 64 bits of nanoseconds: more than 292 years from 1970.
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}

/// What follows the word `now`.
fn strip_now(text: &str) -> Option<&str> {
    let (word, rest) = text.split_at_checked(3)?;
    word.eq_ignore_ascii_case("now").then_some(rest.trim())
}

/// `+ 10 minutes`; nothing at all is no delay.
fn delay(text: &str) -> Option<TimeDelta> {
    if text.is_empty() {
        return Some(TimeDelta::zero());
    }
    let rest = text.strip_prefix('+')?.trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = rest.split_at(digits);
    let number: u32 = number.parse().ok()?;
    let number = i64::from(number);
    match unit.trim().to_ascii_lowercase().as_str() {
        "min" | "mins" | "minute" | "minutes" => TimeDelta::try_minutes(number),
        "hour" | "hours" => TimeDelta::try_hours(number),
        "day" | "days" => TimeDelta::try_days(number),
        _ => None,
    }
}

/// A date and time of four digits and two each; chrono alone would also read `2026-1-1 4:5`, whose compact form is another
/// time.
fn naive(text: &str, format: &str) -> Option<NaiveDateTime> {
    let width = if format.contains('-') { 16 } else { 12 };
    if text.len() < width || (width == 12 && text.len() != width) {
        return None;
    }
    let mut parsed = Parsed::new();
    parse_items(&mut parsed, text, StrftimeItems::new(format)).ok()?;
    parsed.to_naive_datetime_with_offset(0).ok()
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, NaiveDate, Offset as _};
    use proptest::prelude::*;

    use super::*;

    /// Central European time in 2026, as far as this test needs it: summer time ends on 25 October at 03:00.
    #[derive(Debug, Clone)]
    struct Oslo;

    const WINTER: i32 = 3600;
    const SUMMER: i32 = 7200;

    fn begins() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 3, 29)
            .unwrap()
            .and_hms_opt(1, 0, 0)
            .unwrap()
    }

    fn ends() -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 10, 25)
            .unwrap()
            .and_hms_opt(1, 0, 0)
            .unwrap()
    }

    impl TimeZone for Oslo {
        type Offset = FixedOffset;

        fn from_offset(_: &FixedOffset) -> Self {
            Self
        }

        fn offset_from_local_date(&self, _: &NaiveDate) -> LocalResult<FixedOffset> {
            LocalResult::None
        }

        fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<FixedOffset> {
            let fits = |seconds: i32| {
                let utc = *local - TimeDelta::seconds(seconds.into());
                (self.offset_from_utc_datetime(&utc).local_minus_utc() == seconds)
                    .then(|| FixedOffset::east_opt(seconds).unwrap())
            };
            match (fits(SUMMER), fits(WINTER)) {
                (Some(first), Some(second)) => LocalResult::Ambiguous(first, second),
                (Some(one), None) | (None, Some(one)) => LocalResult::Single(one),
                (None, None) => LocalResult::None,
            }
        }

        fn offset_from_utc_date(&self, _: &NaiveDate) -> FixedOffset {
            Utc.fix()
        }

        fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> FixedOffset {
            let summer = (begins()..ends()).contains(utc);
            FixedOffset::east_opt(if summer { SUMMER } else { WINTER }).unwrap()
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-07-01T10:20:30Z".parse().unwrap()
    }

    fn read(text: &str) -> Result<String, AtTimeError> {
        parse(text, now(), &Oslo).map(|time| time.to_rfc3339())
    }

    #[test]
    fn a_time_is_local_unless_it_says_otherwise() {
        for (text, utc) in [
            ("2026-07-01 04:30", "2026-07-01T02:30:00+00:00"),
            ("2026-12-01 04:30:59", "2026-12-01T03:30:00+00:00"),
            ("2026-07-01T04:30", "2026-07-01T02:30:00+00:00"),
            ("202607010430", "2026-07-01T02:30:00+00:00"),
            ("2026-07-01 04:30+00", "2026-07-01T04:30:00+00:00"),
            ("2026-07-01 04:30:00-03:30", "2026-07-01T08:00:00+00:00"),
            (" 2026-07-01T04:30:00Z ", "2026-07-01T04:30:00+00:00"),
            ("now", "2026-07-01T10:20:00+00:00"),
            ("NOW + 90 min", "2026-07-01T11:50:00+00:00"),
            ("now+2days", "2026-07-03T10:20:00+00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(utc), "{text}");
        }
    }

    #[test]
    fn trap_22_the_hours_in_which_the_clock_is_changed_are_not_guessed() {
        let Err(AtTimeError::Ambiguous { first, second, .. }) = read("2026-10-25 02:30") else {
            panic!("taken for one time");
        };
        assert_eq!(read(&first).as_deref(), Ok("2026-10-25T00:30:00+00:00"));
        assert_eq!(read(&second).as_deref(), Ok("2026-10-25T01:30:00+00:00"));
        assert!(matches!(
            read("2026-03-29 02:30"),
            Err(AtTimeError::Skipped(_))
        ));
        assert_eq!(
            read("2026-03-29 02:30+01:00").as_deref(),
            Ok("2026-03-29T01:30:00+00:00")
        );
    }

    #[test]
    fn what_is_no_time_is_refused_with_what_is() {
        for text in [
            "",
            "x",
            "tomorrow",
            "04:30",
            "2026-02-30 04:30",
            "2026-07-01",
            "2026-07-01 24:30",
            "2026-7-1 4:30",
            "now 5",
            "now + 5",
            "now + -5 min",
            "now - 5 min",
            "now + 99999999999 days",
            "20260701043",
            "nöw",
            "2026-07-01 04:30 x",
        ] {
            let refused = read(text).unwrap_err().to_string();
            assert!(refused.contains("YYYY-MM-DD HH:MM"), "{text:?}: {refused}");
        }
    }

    #[test]
    fn the_default_is_a_minute_from_now() {
        assert_eq!(
            shown(in_a_minute(now()), &Oslo),
            "2026-07-01 12:21:00+02:00"
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(minutes in 0i64..120_000_000) {
            let time = DateTime::from_timestamp(minutes * 60, 0).unwrap();
            prop_assert_eq!(parse(&shown(time, &Oslo), now(), &Oslo), Ok(time));
        }

        #[test]
        fn reading_never_panics(text in any::<String>()) {
            let _ = parse(&text, now(), &Oslo);
        }
    }
}
