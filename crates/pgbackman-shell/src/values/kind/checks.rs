//! The checks of single kinds. The message follows the value: `"x" is not a port`.

use std::net::IpAddr;
use std::str::FromStr;

use pgbackman_core::domain::backup::extra_parameters::{
    ExtraParameters, ExtraParametersError, Tool,
};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::selector::{Selector, SelectorError};

use super::fault::Fault;

/// A filter whose elements are IDs or statuses.
pub(super) fn listed<T, E>(value: &str) -> Result<(), E>
where
    T: FromStr<Err: Into<E>>,
    E: From<SelectorError>,
{
    let names = Selector::parse(value)?;
    names
        .try_map(|name| name.parse::<T>())
        .map(drop)
        .map_err(Into::into)
}

/// The word that makes a deletion include the backups.
pub const FORCE: &str = "force-deletion";

/// `y` or `n`, the words they stand for, and the word that says yes on a line.
pub(super) fn yes_or_no(value: &str) -> Result<bool, Fault> {
    match value.to_lowercase().as_str() {
        "y" | "yes" | FORCE | "force" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err(Fault::YesOrNo),
    }
}

/// Options of a client program; which program depends on the code, and they are checked together.
pub(super) fn extra_parameters(value: &str) -> Result<(), ExtraParametersError> {
    let refused = |tool| ExtraParameters::parse(value, tool, None).err();
    match (refused(Tool::PgDump), refused(Tool::PgDumpall)) {
        (Some(error), Some(_)) => Err(error),
        _ => Ok(()),
    }
}

/// Digits only, within the bounds.
pub(super) fn number(value: &str, least: u64, most: u64) -> Option<()> {
    match value.parse::<u64>() {
        Ok(number)
            if (least..=most).contains(&number)
                && value.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Some(())
        }
        _ => None,
    }
}

/// A code that a definition may have.
pub(super) fn code(value: &str) -> Result<(), Fault> {
    match value.parse::<BackupCode>() {
        Ok(BackupCode::Config) => Err(Fault::UnusedCode),
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::Code),
    }
}

/// `false`; encryption is not available yet (trap 29c).
pub(super) fn encryption(value: &str) -> Result<(), Fault> {
    if value.eq_ignore_ascii_case("true") {
        Err(Fault::Encryption)
    } else if value.eq_ignore_ascii_case("false") {
        Ok(())
    } else {
        Err(Fault::TrueOrFalse)
    }
}

/// A host name, an IP address, or a socket directory.
pub(super) fn hostname(value: &str) -> Result<(), Fault> {
    if value.is_empty() {
        return Err(Fault::Empty);
    }
    if value.starts_with('/') || value.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    let bare = value.strip_suffix('.').unwrap_or(value);
    if is_dns_name(bare) {
        Ok(())
    } else {
        Err(Fault::Hostname)
    }
}

/// A DNS domain, or none.
pub(super) fn domain(value: &str) -> Result<(), Fault> {
    if value.is_empty() || is_dns_name(value) {
        Ok(())
    } else {
        Err(Fault::Domain)
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
pub(super) fn email(value: &str) -> Result<(), Fault> {
    let plain = |c: char| c.is_alphanumeric() || "@._+-,=%/!#&*?^~{}|$'`".contains(c);
    if value.chars().all(plain) {
        Ok(())
    } else {
        Err(Fault::Email)
    }
}
