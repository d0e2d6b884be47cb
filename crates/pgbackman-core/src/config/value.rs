//! The kinds of values a configuration holds, and how each is read from TOML.
//!
//! A parser returns what is allowed when it refuses; the reader adds file, line and key.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeValue;

use super::allowed::Allowed;
use crate::domain::text::size::Size;
use crate::secret::Secret;

/// The least severe messages that are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Everything.
    Debug,
    /// What was done.
    Info,
    /// What needs attention soon.
    Warn,
    /// What failed.
    Error,
    /// What keeps a whole program from working.
    Critical,
}

/// How the shell shows results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// ASCII tables.
    Table,
    /// RFC 4180.
    Csv,
    /// JSON objects, every value a string.
    Json,
    /// JSON objects with typed values.
    Json2,
}

/// Where control puts the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduler {
    /// Files in a directory like `/etc/cron.d`, written as root.
    CronD,
    /// A marked block in the own user's `crontab(1)`, written without privileges.
    Crontab,
}

/// How TLS is used, as libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only if the server refuses a connection without.
    Allow,
    /// If the server can.
    Prefer,
    /// Always; the certificate is checked only if a root certificate is there.
    Require,
    /// Always, with a certificate of a trusted authority.
    VerifyCa,
    /// Always, with a certificate of a trusted authority for the very host.
    VerifyFull,
}

/// A closed list of words, as they are written in the file.
pub(crate) trait Words: Copy + 'static {
    /// Each word and what it stands for.
    const WORDS: &'static [(&'static str, Self)];

    /// The word of a value; the list has one for each.
    fn word(self) -> &'static str
    where
        Self: PartialEq,
    {
        Self::WORDS
            .iter()
            .find(|(_, value)| *value == self)
            .map_or("", |(word, _)| word)
    }

    /// The value of a word, whatever its case.
    fn from_word(text: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text))
            .map(|(_, value)| *value)
    }

    /// Each word, for an error.
    fn words() -> Vec<&'static str> {
        Self::WORDS.iter().map(|(word, _)| *word).collect()
    }
}

impl Words for LogLevel {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("DEBUG", Self::Debug),
        ("INFO", Self::Info),
        ("WARN", Self::Warn),
        ("ERROR", Self::Error),
        ("CRITICAL", Self::Critical),
    ];
}

impl Words for OutputFormat {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("table", Self::Table),
        ("csv", Self::Csv),
        ("json", Self::Json),
        ("json2", Self::Json2),
    ];
}

impl Words for Scheduler {
    const WORDS: &'static [(&'static str, Self)] =
        &[("cron.d", Self::CronD), ("crontab", Self::Crontab)];
}

impl Scheduler {
    /// As the configuration writes it.
    pub fn as_str(self) -> &'static str {
        self.word()
    }
}

impl Words for SslMode {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("disable", Self::Disable),
        ("allow", Self::Allow),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];
}

impl LogLevel {
    /// The word for it in the file.
    pub fn as_str(self) -> &'static str {
        self.word()
    }
}

impl SslMode {
    /// Reads libpq's word for it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_word(text)
    }

    /// Each word that libpq has.
    pub fn all() -> Vec<&'static str> {
        Self::words()
    }

    /// libpq's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// Reads one word of a closed list.
pub(super) fn word<T: Words>(value: &DeValue<'_>) -> Result<T, Allowed> {
    let text = value.as_str().unwrap_or_default();
    T::from_word(text).ok_or_else(|| Allowed::Words(T::words()))
}

/// Any text that is not empty and has no control character.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, Allowed> {
    match value.as_str() {
        Some(text) if !text.is_empty() && !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => Err(Allowed::Text),
    }
}

/// Any text in quotes, also an empty one.
pub(super) fn text_or_empty(value: &DeValue<'_>) -> Result<String, Allowed> {
    match value.as_str() {
        Some(text) if !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => Err(Allowed::Text),
    }
}

/// A password.
pub(super) fn secret(value: &DeValue<'_>) -> Result<Secret, Allowed> {
    match value.as_str() {
        Some(text) => Ok(Secret::new(text)),
        None => Err(Allowed::Secret),
    }
}

/// `ON` or `OFF` in quotes, or TOML's own `true` and `false`.
pub(super) fn switch(value: &DeValue<'_>) -> Result<bool, Allowed> {
    if let Some(on) = value.as_bool() {
        return Ok(on);
    }
    match value.as_str().map(str::to_ascii_uppercase).as_deref() {
        Some("ON" | "TRUE" | "YES") => Ok(true),
        Some("OFF" | "FALSE" | "NO") => Ok(false),
        _ => Err(Allowed::Switch),
    }
}

/// A TCP port.
pub(super) fn port(value: &DeValue<'_>) -> Result<u16, Allowed> {
    integer(value)
        .and_then(|number| u16::try_from(number).ok())
        .filter(|port| *port > 0)
        .ok_or(Allowed::Port)
}

/// A numeric address with a port.
pub(super) fn socket_address(value: &DeValue<'_>) -> Result<SocketAddr, Allowed> {
    let text = value.as_str().unwrap_or_default();
    text.parse().map_err(|_| Allowed::SocketAddress)
}

/// A numeric address, or several separated by commas.
pub(super) fn addresses(value: &DeValue<'_>) -> Result<String, Allowed> {
    let text = value.as_str().unwrap_or_default();
    let numeric = |item: &str| item.trim().is_empty() || item.trim().parse::<IpAddr>().is_ok();
    if !text.is_empty() && text.split(',').all(numeric) {
        return Ok(text.to_owned());
    }
    Err(Allowed::Addresses)
}

/// An amount of bytes: a number, or a text with a unit (see [`Size::parse`]).
pub(super) fn bytes(value: &DeValue<'_>) -> Result<u64, Allowed> {
    let read = match integer(value) {
        Some(number) => u64::try_from(number).ok(),
        None => value.as_str().and_then(Size::parse).map(|size| size.0),
    };
    read.ok_or(Allowed::Bytes)
}

/// A span of time that is not zero: a number of seconds, or a text like `5min` (see [`parse_duration`]).
pub(super) fn duration(value: &DeValue<'_>) -> Result<Duration, Allowed> {
    let read = match integer(value) {
        Some(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
        None => value.as_str().and_then(parse_duration),
    };
    read.filter(|duration| !duration.is_zero() && *duration <= LONGEST)
        .ok_or(Allowed::Duration)
}

/// Spans beyond this are mistakes, and would overflow sums with points in time.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 86_400);

/// Reads a span of time as it is written in the configuration: numbers with the units `ms`, `s`, `min`, `h`, `d`, which
/// may follow each other (`1h30min`); a number alone counts seconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let milliseconds = milliseconds_of(&rest[..letters])?;
        sum = sum.checked_add(Duration::from_millis(number.checked_mul(milliseconds)?))?;
        rest = rest[letters..].trim_start();
    }
    Some(sum)
}

/// How long a unit is.
fn milliseconds_of(unit: &str) -> Option<u64> {
    match unit.to_ascii_lowercase().as_str() {
        "ms" => Some(1),
        "" | "s" | "sec" | "second" | "seconds" => Some(1_000),
        "min" | "minute" | "minutes" => Some(60_000),
        "h" | "hour" | "hours" => Some(3_600_000),
        "d" | "day" | "days" => Some(86_400_000),
        _ => None,
    }
}

/// An absolute path without `..`.
pub(super) fn path(value: &DeValue<'_>) -> Result<PathBuf, Allowed> {
    let text = value.as_str().unwrap_or_default();
    if is_plain_absolute(text) {
        return Ok(PathBuf::from(text));
    }
    Err(Allowed::Path)
}

/// A list of absolute paths.
pub(super) fn paths(value: &DeValue<'_>) -> Result<Vec<PathBuf>, Allowed> {
    let items = value.as_array().map(|items| {
        items
            .iter()
            .map(|item| path(item.get_ref()))
            .collect::<Result<Vec<_>, _>>()
    });
    match items {
        Some(Ok(paths)) if !paths.is_empty() => Ok(paths),
        _ => Err(Allowed::Paths),
    }
}

/// `sslrootcert`: an absolute path, or the word `system`.
pub(super) fn root_certificate(value: &DeValue<'_>) -> Result<PathBuf, Allowed> {
    match value.as_str() {
        Some("system") => Ok(PathBuf::from("system")),
        _ => path(value).map_err(|_| Allowed::RootCertificate),
    }
}

/// An absolute path without `..` and control characters.
pub(super) fn is_plain_absolute(text: &str) -> bool {
    text.starts_with('/')
        && !text.contains(char::is_control)
        && Path::new(text)
            .components()
            .all(|part| part != std::path::Component::ParentDir)
}

/// A whole number in any of TOML's notations.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::parse_duration;

    #[test]
    fn spans_of_time_are_read_with_their_units() {
        let seconds = |text| parse_duration(text).map(|span| span.as_secs());
        assert_eq!(seconds("5min"), Some(300));
        assert_eq!(seconds("24h"), Some(86_400));
        assert_eq!(seconds("1h30min"), Some(5_400));
        assert_eq!(seconds("1 day 2 hours"), Some(93_600));
        assert_eq!(seconds("45"), Some(45));
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_span_of_time_is_refused() {
        for text in [
            "",
            " ",
            "min",
            "5 parsecs",
            "-5min",
            "1.5h",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = parse_duration(&text);
        }

        #[test]
        fn units_add_up(hours in 0u64..10_000, minutes in 0u64..10_000) {
            let read = parse_duration(&format!("{hours}h {minutes}min"));
            prop_assert_eq!(read, Some(Duration::from_secs(hours * 3_600 + minutes * 60)));
        }
    }
}
