//! Results that 1.x could not register: `pending_updates/backup_jobs_pending_log_updates_nodeid_<id>_<pid>.log` and
//! `restore_jobs_…`, one line per result with the values of 1.x's SQL functions between `::` (`docs/spec/backups.md`).
//!
//! Nothing in this format is quoted (trap 29a). A line is therefore read by what its fields can be: numbers, times, paths
//! and statuses hold the free texts between them apart, and a `::` inside one of those is a part of it wherever only one
//! reading makes sense. A line that could mean two things is refused, with the reason.

mod import;
mod layout;
mod line;
mod times;
mod values;

use std::ffi::OsStr;

use chrono::{DateTime, Local, MappedLocalTime, NaiveDateTime, TimeZone as _, Utc};
use thiserror::Error;

pub use import::{Doubt, ImportError, Imported, Judge, Unseen, import, import_all};

use crate::domain::backup::BackupResult;
use crate::domain::restore::RestoreResult;

/// A file that is larger than this was not written by 1.x, whose lines have a few kilobytes.
pub const MAX_BYTES: u64 = 1 << 20;

/// Which of 1.x's two kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Results of `pgbackman_dump`.
    Backup,
    /// Results of `pgbackman_restore`.
    Restore,
}

/// A result as 1.x left it behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegacyResult {
    /// Of a backup or snapshot.
    Backup(Box<BackupResult>),
    /// Of a restore.
    Restore(Box<RestoreResult>),
}

/// What of a file cannot be imported. The file is kept for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct BadLine {
    /// The line, counted from 1; of a result over several lines, the first one.
    pub line: usize,
    /// Why it cannot be read.
    pub reason: String,
}

/// Where a clock's reading without a time zone belongs: 1.x wrote its server's local time.
pub type LocalTime<'a> = &'a (dyn Fn(&NaiveDateTime) -> MappedLocalTime<DateTime<Utc>> + Sync);

/// The local time of this machine, on which 1.x wrote the file.
pub fn machine_time(reading: &NaiveDateTime) -> MappedLocalTime<DateTime<Utc>> {
    Local
        .from_local_datetime(reading)
        .map(|time| time.with_timezone(&Utc))
}

/// Whether a file of `pending_updates` is one of 1.x's, by its name.
pub fn is_legacy_name(name: &OsStr) -> Option<Kind> {
    let name = name.to_str()?;
    let kinds = [
        ("backup_jobs_pending_log_updates_nodeid_", Kind::Backup),
        ("restore_jobs_pending_log_updates_nodeid_", Kind::Restore),
    ];
    kinds.into_iter().find_map(|(prefix, kind)| {
        let (node, pid) = name
            .strip_prefix(prefix)?
            .strip_suffix(".log")?
            .split_once('_')?;
        (is_number(node) && is_number(pid)).then_some(kind)
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a file: its results, and what cannot be read, in the file's order. A file without any result is one bad line.
///
/// The same line gives the same `run_uuid` wherever it stands, so that importing a file again registers nothing twice.
pub fn parse(bytes: &[u8], kind: Kind, local: LocalTime<'_>) -> Vec<Result<LegacyResult, BadLine>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![bad(1, "the file is not UTF-8")];
    };
    if text.trim().is_empty() {
        return vec![bad(1, "the file is empty")];
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut results = Vec::new();
    let mut first = 0;
    while first < lines.len() {
        if lines[first].trim().is_empty() {
            first += 1;
            continue;
        }
        let (count, result) = record(&lines[first..], kind, local);
        results.push(result.map_err(|reason| BadLine {
            line: first + 1,
            reason,
        }));
        first += count;
    }
    results
}

fn bad(line: usize, reason: &str) -> Result<LegacyResult, BadLine> {
    Err(BadLine {
        line,
        reason: reason.to_owned(),
    })
}

/// The result that begins here, and how many lines it takes: a value may hold line breaks. A line that begins as results
/// do is never swallowed by the one before it.
fn record(
    lines: &[&str],
    kind: Kind,
    local: LocalTime<'_>,
) -> (usize, Result<LegacyResult, String>) {
    let end = lines
        .iter()
        .skip(1)
        .position(|line| line::begins(line))
        .map_or(lines.len(), |position| position + 1);
    let mut refused = None;
    for count in 1..=end {
        let read =
            complete(&lines[..count].concat()).and_then(|text| line::read(&text, kind, local));
        match read {
            Ok(result) => return (count, Ok(result)),
            Err(reason) => refused = refused.or(Some(reason)),
        }
    }
    // Nothing that begins here makes sense: what belongs to it is one error, not one per line.
    (end, Err(refused.unwrap_or_default()))
}

/// A line without its end: one that has none was cut off while it was written, and what is missing cannot be known.
fn complete(text: &str) -> Result<String, String> {
    match text.strip_suffix('\n') {
        Some(line) => Ok(line.strip_suffix('\r').unwrap_or(line).to_owned()),
        None => {
            Err("it does not end in a line break: whatever wrote it was interrupted".to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
