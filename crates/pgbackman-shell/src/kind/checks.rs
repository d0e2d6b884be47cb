//! The checks of single kinds. Each says what is wrong in words that follow the value: `"x" is not a port`.

use std::fmt::Display;
use std::net::IpAddr;
use std::str::FromStr;

use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::selector::Selector;

/// A filter whose elements are IDs or statuses.
pub(super) fn listed<T: FromStr<Err: Display>>(value: &str) -> Result<(), String> {
    let names = Selector::parse(value).map_err(|error| error.to_string())?;
    names
        .try_map(|name| name.parse::<T>())
        .map(drop)
        .map_err(|error| error.to_string())
}

/// One ID.
pub(super) fn id<T: FromStr<Err: Display>>(value: &str) -> Result<(), String> {
    value
        .parse::<T>()
        .map(drop)
        .map_err(|error| error.to_string())
}

/// `y` or `n`, the words they stand for, and the word that says yes on a line.
pub(super) fn yes_or_no(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "y" | "yes" | super::FORCE => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("is neither yes nor no".to_owned()),
    }
}

/// Options that a client program takes; which program it will be depends on the code and is looked at with it.
pub(super) fn extra_parameters(value: &str) -> Result<(), String> {
    let refused = |tool| ExtraParameters::parse(value, tool, None).err();
    match (refused(Tool::PgDump), refused(Tool::PgDumpall)) {
        (Some(error), Some(_)) => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Digits only, within the bounds.
pub(super) fn number(value: &str, least: u64, most: u64) -> Result<(), ()> {
    match value.parse::<u64>() {
        Ok(number)
            if (least..=most).contains(&number)
                && value.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Ok(())
        }
        _ => Err(()),
    }
}

/// A code that a definition may have.
pub(super) fn code(value: &str) -> Result<(), String> {
    match value.parse::<BackupCode>() {
        Ok(BackupCode::Config) => Err("is a code that nothing implements".to_owned()),
        Ok(_) => Ok(()),
        Err(_) => Err("is not a backup code".to_owned()),
    }
}

/// `false`; encryption does not exist yet (trap 29c).
pub(super) fn encryption(value: &str) -> Result<(), String> {
    if value.eq_ignore_ascii_case("true") {
        Err("is refused, because encrypted backups do not exist yet and a plain one must not pass for one".to_owned())
    } else if value.eq_ignore_ascii_case("false") {
        Ok(())
    } else {
        Err("is neither true nor false".to_owned())
    }
}

/// A host name, an IP address, or a socket directory.
pub(super) fn hostname(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("is empty".to_owned());
    }
    if value.starts_with('/') || value.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let bare = value.strip_suffix('.').unwrap_or(value);
    if is_dns_name(bare) {
        Ok(())
    } else {
        Err("is not a host name".to_owned())
    }
}

/// A DNS domain, or none.
pub(super) fn domain(value: &str) -> Result<(), String> {
    if value.is_empty() || is_dns_name(value) {
        Ok(())
    } else {
        Err("is not a domain".to_owned())
    }
}

/// Letters, digits, `-` and `_` in labels of at most 63 bytes, 253 bytes in all (RFC 1123; `_` occurs in practice).
fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// Enough of RFC 5321 to keep blanks, quotes and line breaks out of a crontab's MAILTO.
pub(super) fn email(value: &str) -> Result<(), String> {
    let plain = |c: char| c.is_alphanumeric() || "@._+-,=%/!#&*?^~{}|$'`".contains(c);
    if value.chars().all(plain) {
        Ok(())
    } else {
        Err("is not an e-mail address".to_owned())
    }
}
