//! Values of `[pgbackman_alerts]` that no other section has.

use std::time::Duration;

use toml::de::DeValue;

use super::allowed::Allowed;
use super::value::{duration, integer, is_plain_absolute, switch, text};

/// A span of time, or `OFF` (`false`, 0).
pub(super) fn duration_or_off(value: &DeValue<'_>) -> Result<Option<Duration>, Allowed> {
    if integer(value) == Some(0) || matches!(switch(value), Ok(false)) {
        return Ok(None);
    }
    duration(value)
        .map(Some)
        .map_err(|_| Allowed::DurationOrOff)
}

/// A list of texts, which may be empty.
pub(super) fn texts(value: &DeValue<'_>) -> Result<Vec<String>, Allowed> {
    let items = value.as_array().map(|items| {
        items
            .iter()
            .map(|item| text(item.get_ref()))
            .collect::<Result<Vec<_>, _>>()
    });
    match items {
        Some(Ok(texts)) => Ok(texts),
        _ => Err(Allowed::Texts),
    }
}

/// A program with its arguments: the program by its absolute path. An empty list is none.
pub(super) fn command(value: &DeValue<'_>) -> Result<Vec<String>, Allowed> {
    match texts(value) {
        Ok(words)
            if words
                .first()
                .is_none_or(|program| is_plain_absolute(program)) =>
        {
            Ok(words)
        }
        _ => Err(Allowed::Command),
    }
}

/// The address of a web service.
pub(super) fn url(value: &DeValue<'_>) -> Result<String, Allowed> {
    let text = value.as_str().unwrap_or_default();
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    if rest.is_some_and(|rest| !rest.is_empty()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Ok(text.to_owned());
    }
    Err(Allowed::Url)
}

/// A percentage from 0 to 100.
pub(super) fn percent(value: &DeValue<'_>) -> Result<u8, Allowed> {
    integer(value)
        .and_then(|number| u8::try_from(number).ok())
        .filter(|percent| *percent <= 100)
        .ok_or(Allowed::Number(0, 100))
}

/// How many backups are compared.
pub(super) fn compared(value: &DeValue<'_>) -> Result<u8, Allowed> {
    integer(value)
        .and_then(|number| u8::try_from(number).ok())
        .filter(|number| (3..=100).contains(number))
        .ok_or(Allowed::Number(3, 100))
}

/// A number of megabytes.
pub(super) fn megabytes(value: &DeValue<'_>) -> Result<u32, Allowed> {
    integer(value)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or(Allowed::Megabytes)
}
