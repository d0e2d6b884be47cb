//! Spans of time as people read them. Amounts of bytes are shown by [`super::size::Size`].

use chrono::TimeDelta;

/// At most two units, without seconds: `5 min`, `2 h`, `2 h 5 min`, `3 d`, `3 d 4 h`. A negative span is shown as none.
pub fn span(span: TimeDelta) -> String {
    let minutes = span.num_minutes().max(0);
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) if minutes == 0 => format!("{hours} h"),
        (0, _) => format!("{hours} h {minutes} min"),
        (_, 0) => format!("{days} d"),
        _ => format!("{days} d {hours} h"),
    }
}

/// Hours, minutes and seconds, with as many hours as there are: `0:00:10`, `26:00:00`.
pub fn clock(seconds: u64) -> String {
    format!(
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The same with days: `1:02:03`, `2 d 1:02:03`.
pub fn days_and_clock(seconds: u64) -> String {
    const DAY: u64 = 86_400;
    match seconds / DAY {
        0 => clock(seconds),
        days => format!("{days} d {}", clock(seconds % DAY)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        for (minutes, text) in [
            (-1, "0 min"),
            (0, "0 min"),
            (59, "59 min"),
            (60, "1 h"),
            (125, "2 h 5 min"),
            (1439, "23 h 59 min"),
            (1440, "1 d"),
            (1499, "1 d"),
            (2 * 1440 + 61, "2 d 1 h"),
        ] {
            assert_eq!(span(TimeDelta::minutes(minutes)), text);
        }
    }

    #[test]
    fn clocks_count_hours_or_days() {
        assert_eq!(clock(10), "0:00:10");
        assert_eq!(clock(26 * 3600), "26:00:00");
        assert_eq!(days_and_clock(3_723), "1:02:03");
        assert_eq!(days_and_clock(90_061), "1 d 1:01:01");
    }
}
