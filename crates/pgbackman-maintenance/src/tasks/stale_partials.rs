//! Unfinished files whose run nobody remembers: its record is gone (a lost directory, a restored file system), and they are
//! older than any run may take. What is complete and only lacks its names stays, since it may be all there is.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::TimeDelta;
use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::backup::names::PARTIAL_SUFFIX;
use pgbackman_core::domain::ids::{DefId, SnapshotId};
use pgbackman_core::handoff::run;
use pgbackman_core::sys::directory::{Directory, Removal};
use pgbackman_core::sys::entries::EntryKind;
use thiserror::Error;

use crate::journal::Journal;
use crate::open_areas::{OpenAreas, is_of_pg_dump};
use crate::pass::Pass;

/// So much longer than a run may take a file must have been left alone.
const MARGIN: Duration = Duration::from_secs(3600);
/// All names of all directories are read for this: once in a while is enough.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// How the names of a backup's parts end.
const ENDINGS: [&str; 6] = [
    "-DATABASE.sql",
    "-USERS.sql",
    "-DBCONFIG.sql",
    "-AFTER.sql",
    "-MANIFEST.json",
    ".sql.gz",
];

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    if !pass.daemon.partials_are_due(pass.as_of, EVERY) {
        return Ok(());
    }
    let areas = pass.places.dump_areas();
    let roots = pass.roots();
    let oldest = pass.daemon.context.config.dump.max_duration + MARGIN;
    let before = SystemTime::from(pass.as_of)
        .checked_sub(oldest)
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let dry_run = pass.daemon.dry_run;
    let found = blocking(move || {
        let mut open = OpenAreas::default();
        let mut found = Vec::new();
        for area in areas {
            match open.open(&area) {
                Ok(Some(directory)) => search(&directory, &roots, before, dry_run, &mut found),
                Ok(None) => {}
                Err(reason) => found.push(Finding::Problem(reason.to_string())),
            }
        }
        found
    })
    .await?;
    for finding in found {
        match finding {
            Finding::Stale(path) if dry_run => {
                journal.would_delete(&path.display().to_string(), WHY);
            }
            Finding::Stale(path) => journal.deleted(&path.display().to_string(), WHY),
            Finding::Problem(reason) => journal.problem(&reason),
        }
    }
    Ok(())
}

const WHY: &str = "it is unfinished, and there is no record of a run that could finish it";

enum Finding {
    Stale(PathBuf),
    Problem(String),
}

fn search(
    directory: &Arc<Directory>,
    roots: &[PathBuf],
    before: SystemTime,
    dry_run: bool,
    found: &mut Vec<Finding>,
) {
    let mut names = BTreeSet::new();
    let mut manifests = BTreeSet::new();
    let listed = directory.each_name(|name| {
        let text = name.to_string_lossy().into_owned();
        if text.contains("-MANIFEST.json") {
            manifests.extend(stem(&text));
        }
        if text.ends_with(PARTIAL_SUFFIX) {
            names.insert(name);
        }
    });
    if let Err(error) = listed {
        found.push(Finding::Problem(error.to_string()));
        return;
    }
    for name in names {
        let path = directory.path().join(&name);
        match is_stale(directory, &name, roots, before, &manifests) {
            Ok(false) => {}
            Ok(true) if dry_run => found.push(Finding::Stale(path)),
            Ok(true) => match remove(directory, &name) {
                Ok(()) => found.push(Finding::Stale(path)),
                Err(reason) => found.push(Finding::Problem(reason.to_string())),
            },
            Err(reason) => found.push(Finding::Problem(format!("{}: {reason}", path.display()))),
        }
    }
}

/// Why an unfinished file stays although nobody writes to it.
#[derive(Debug, Error)]
enum Stays {
    /// It cannot be looked at.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No run makes such a thing.
    #[error("it is {}, and stays", .0.describe())]
    Kind(EntryKind),
    /// Whose it is cannot be known.
    #[error("it is unfinished, and its name does not say of which run; it stays")]
    NoRun,
    /// It may be all there is of a backup.
    #[error("it belongs to a complete backup that could not get its names; it stays")]
    Complete,
}

/// Why an unfinished file could not be removed.
#[derive(Debug, Error)]
enum NotRemoved {
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It has become something else.
    #[error("{} is {}", name.display(), kind.describe())]
    Kind {
        /// Its name.
        name: OsString,
        /// What it is.
        kind: EntryKind,
    },
    /// It is a directory, and no run puts this into it.
    #[error("{} is not a part of an archive", .0.display())]
    Foreign(PathBuf),
    /// Something was put into it meanwhile.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
}

/// Whether an unfinished file may go.
fn is_stale(
    directory: &Directory,
    name: &OsStr,
    roots: &[PathBuf],
    before: SystemTime,
    manifests: &BTreeSet<String>,
) -> Result<bool, Stays> {
    let entry = directory.entry(name)?;
    let Some(entry) = entry.filter(|entry| entry.modified < before) else {
        return Ok(false);
    };
    if !matches!(entry.kind, EntryKind::File | EntryKind::Directory) {
        return Err(Stays::Kind(entry.kind));
    }
    let text = name.to_string_lossy();
    let (Some(origin), Some(stem)) = (origin(&text), stem(&text)) else {
        return Err(Stays::NoRun);
    };
    let has_record = |root: &PathBuf| run::path(root, origin).try_exists().unwrap_or(true);
    if roots.iter().any(has_record) {
        return Ok(false);
    }
    if manifests.contains(&stem) {
        return Err(Stays::Complete);
    }
    Ok(true)
}

/// The definition or snapshot in a file's name; a database may be called anything, so the last mention counts.
fn origin(name: &str) -> Option<BackupOrigin> {
    let number = |mark: &str| {
        let at = name.rfind(mark)?;
        let digits: String = name[at + mark.len()..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        Some((at, digits.parse::<i64>().ok()?))
    };
    let definition =
        number("-defid").map(|(at, id)| (at, BackupOrigin::Definition(DefId::new(id))));
    let snapshot =
        number("-snapid").map(|(at, id)| (at, BackupOrigin::Snapshot(SnapshotId::new(id))));
    definition
        .into_iter()
        .chain(snapshot)
        .max_by_key(|(at, _)| *at)
        .map(|(_, origin)| origin)
}

/// What the names of all parts of one backup have in common.
fn stem(name: &str) -> Option<String> {
    let name = name.strip_suffix(PARTIAL_SUFFIX).unwrap_or(name);
    ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .map(str::to_owned)
}

fn remove(directory: &Directory, name: &OsStr) -> Result<(), NotRemoved> {
    match directory.entry(name)?.map(|entry| entry.kind) {
        None => return Ok(()),
        Some(EntryKind::File) => {
            directory.unlink(name)?;
        }
        Some(EntryKind::Directory) => remove_archive(directory, name)?,
        Some(kind) => {
            return Err(NotRemoved::Kind {
                name: name.to_owned(),
                kind,
            });
        }
    }
    Ok(directory.sync()?)
}

fn remove_archive(directory: &Directory, name: &OsStr) -> Result<(), NotRemoved> {
    let inside = directory.subdirectory(name)?;
    let entries: Vec<OsString> = inside.names()?;
    for entry in &entries {
        let kind = inside.entry(entry)?.map(|entry| entry.kind);
        if !is_of_pg_dump(entry) || kind != Some(EntryKind::File) {
            return Err(NotRemoved::Foreign(inside.path().join(entry)));
        }
    }
    for entry in &entries {
        inside.unlink(entry)?;
    }
    match directory.unlink_directory(name)? {
        Removal::NotEmpty => Err(NotRemoved::NotEmpty(inside.path().to_owned())),
        Removal::Removed | Removal::Absent => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_is_found_in_a_name_whatever_the_database_is_called() {
        let definition = |id| Some(BackupOrigin::Definition(DefId::new(id)));
        let rest = "-v15-defid12-cFULL-20261121T044500-DATABASE.sql.partial";
        assert_eq!(origin(&format!("shop-node{rest}")), definition(12));
        assert_eq!(
            origin(&format!("a-defid7-snapid9-x-node{rest}")),
            definition(12)
        );
        assert_eq!(
            origin("a-defid7-node-v15-snapid3-cFULL-20261121T044500_1-USERS.sql.partial"),
            Some(BackupOrigin::Snapshot(SnapshotId::new(3)))
        );
        assert_eq!(origin("notes.partial"), None);
        let stem_of = |ending: &str| stem(&format!("shop-x-v15-defid1-cFULL-1{ending}"));
        assert_eq!(stem_of("-DATABASE.sql.partial"), stem_of("-MANIFEST.json"));
        assert_eq!(stem("notes.partial"), None);
    }
}
