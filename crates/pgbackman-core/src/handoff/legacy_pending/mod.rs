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

pub use import::{
    Doubt, ImportError, Imported, Judge, LineFault, NotRegistered, Reason, Unseen, import,
    import_all,
};

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

/// What of a file cannot be read. The file is kept for the operator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct BadLine {
    /// The line, counted from 1; of a result over several lines, the first one.
    pub line: usize,
    /// Why it cannot be read.
    pub reason: Unreadable,
}

/// Why a line cannot be read as a result.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// None of the file's lines can.
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// The file has no line.
    #[error("the file is empty")]
    Empty,
    /// It was cut off.
    #[error("it does not end with a line break: the program that wrote it was interrupted")]
    CutOff,
    /// A text of PostgreSQL holds none, so nothing that 1.x knew can have had one.
    #[error("it contains a zero byte")]
    ZeroByte,
    /// More than are tried.
    #[error("it has {0} separators")]
    Separators(usize),
    /// The first field that nothing fits.
    #[error("its field {number} ({name}), or one before it, cannot be read")]
    Field {
        /// Its number, from 1.
        number: usize,
        /// What it is.
        name: &'static str,
    },
    /// More readings than are checked.
    #[error("it is ambiguous, with too many possible readings")]
    VeryManyReadings,
    /// Two readings agree with themselves equally well.
    #[error("it is ambiguous, because a value contains the separator ::")]
    Ambiguous,
    /// A field with a value that this software does not know.
    #[error("its field {name:?} is {value:?}")]
    Value {
        /// What it is.
        name: &'static str,
        /// The value.
        value: String,
    },
    /// What the backup belongs to.
    #[error("it names neither a definition nor a snapshot, or both")]
    Origin,
    /// Start, end and duration fit no offset of the clock.
    #[error("its times do not match this machine's time zone")]
    Times,
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
        return vec![bad(1, Unreadable::NotUtf8)];
    };
    if text.trim().is_empty() {
        return vec![bad(1, Unreadable::Empty)];
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

fn bad(line: usize, reason: Unreadable) -> Result<LegacyResult, BadLine> {
    Err(BadLine { line, reason })
}

/// The result that begins here, and how many lines it takes: a value may hold line breaks. A line that begins as results
/// do is never swallowed by the one before it.
fn record(
    lines: &[&str],
    kind: Kind,
    local: LocalTime<'_>,
) -> (usize, Result<LegacyResult, Unreadable>) {
    let end = lines
        .iter()
        .skip(1)
        .position(|line| line::begins(line))
        .map_or(lines.len(), |position| position + 1);
    let read = |count: usize| {
        complete(&lines[..count].concat()).and_then(|text| line::read(&text, kind, local))
    };
    let refused = match read(1) {
        Ok(result) => return (1, Ok(result)),
        Err(reason) => reason,
    };
    for count in 2..=end {
        if let Ok(result) = read(count) {
            return (count, Ok(result));
        }
    }
    // Nothing that begins here makes sense: what belongs to it is one error, not one per line.
    (end, Err(refused))
}

/// A line without its end: one that has none was cut off while it was written, and what is missing cannot be known.
fn complete(text: &str) -> Result<String, Unreadable> {
    match text.strip_suffix('\n') {
        Some(line) => Ok(line.strip_suffix('\r').unwrap_or(line).to_owned()),
        None => Err(Unreadable::CutOff),
    }
}

#[cfg(test)]
mod tests;
