//! How the shell writes times and durations, as SQL around an expression.

/// `2026-11-21 04:48:12+00:00`, in the session's time zone.
macro_rules! time {
    ($expression:literal) => {
        concat!("to_char(", $expression, ", 'YYYY-MM-DD HH24:MI:SSTZH:TZM')")
    };
}

/// `0:00:06`; from a day on `2 days, 0:00:06`. Rounded to seconds.
macro_rules! duration {
    ($expression:literal) => {
        concat!(
            "(SELECT CASE extract(day FROM d) WHEN 0 THEN '' WHEN 1 THEN '1 day, ' \
             ELSE extract(day FROM d) || ' days, ' END || to_char(d, 'FMHH24:MI:SS') \
             FROM justify_hours(",
            $expression,
            " + interval '0.5 s') AS d)"
        )
    };
}

pub(super) use {duration, time};
