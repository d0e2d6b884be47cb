//! Unfinished files of one directory: which of them nobody can finish any more, and their removal. The process that deletes does this.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::backup::names::PARTIAL_SUFFIX;
use pgbackman_core::domain::ids::{DefId, SnapshotId};
use pgbackman_core::handoff::run;
use pgbackman_core::sys::directory::{Directory, Removal};
use pgbackman_core::sys::entries::EntryKind;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::files::open_areas::{OpenAreas, is_of_pg_dump};
use crate::files::places::Area;
use crate::steps::PathObserver;

/// How the names of a backup's parts end.
const ENDINGS: [&str; 6] = [
    "-DATABASE.sql",
    "-USERS.sql",
    "-DBCONFIG.sql",
    "-AFTER.sql",
    "-MANIFEST.json",
    ".sql.gz",
];

/// Where to look for them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Search {
    /// The directory.
    pub area: Area,
    /// Below these lie the records of runs.
    pub roots: Vec<PathBuf>,
    /// What was changed since then may have a run.
    pub before: SystemTime,
    /// Whether they stay.
    pub dry_run: bool,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// This one is gone, or would be.
    Stale(PathBuf),
    /// What is wrong with something.
    Problem(String),
}

impl Search {
    /// Looks for them, and removes them unless it is a dry run. `observer` sees each path before it is checked.
    pub fn carry_out(&self, observer: &PathObserver<'_>) -> Vec<Found> {
        let path = self.area.path();
        observer.reached(&path);
        let mut found = Vec::new();
        match OpenAreas::default().open(&self.area) {
            Ok(Some(directory)) => self.search(&directory, observer, &mut found),
            Ok(None) => {}
            Err(reason) => found.push(Found::Problem(reason.to_string())),
        }
        found
    }

    fn search(&self, directory: &Directory, observer: &PathObserver<'_>, found: &mut Vec<Found>) {
        let (names, manifests) = match names(directory) {
            Ok(names) => names,
            Err(error) => {
                found.push(Found::Problem(error.to_string()));
                return;
            }
        };
        for name in names {
            let path = directory.path().join(&name);
            observer.reached(&path);
            match is_stale(directory, &name, &self.roots, self.before, &manifests) {
                Ok(false) => {}
                Ok(true) if self.dry_run => found.push(Found::Stale(path)),
                Ok(true) => match remove(directory, &name, observer) {
                    Ok(()) => found.push(Found::Stale(path)),
                    Err(reason) => found.push(Found::Problem(reason.to_string())),
                },
                Err(reason) => {
                    found.push(Found::Problem(format!("{}: {reason}", path.display())));
                }
            }
        }
    }
}

/// The names of unfinished files, and what the names of a backup that has a manifest begin with.
fn names(directory: &Directory) -> io::Result<(BTreeSet<OsString>, BTreeSet<String>)> {
    let mut names = BTreeSet::new();
    let mut manifests = BTreeSet::new();
    directory.each_name(|name| {
        let text = name.to_string_lossy().into_owned();
        if text.contains("-MANIFEST.json") {
            manifests.extend(stem(&text));
        }
        if text.ends_with(PARTIAL_SUFFIX) {
            names.insert(name);
        }
    })?;
    Ok((names, manifests))
}

/// Why an unfinished file stays although nobody writes to it.
#[derive(Debug, Error)]
enum Stays {
    /// It cannot be checked.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No run makes such a thing.
    #[error("it is {}, and is kept", .0.describe())]
    Kind(EntryKind),
    /// Whose it is cannot be known.
    #[error("it is unfinished, and its name does not identify a run, so it is kept")]
    NoRun,
    /// It may be all there is of a backup.
    #[error("it belongs to a complete backup that could not be renamed, so it is kept")]
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
    #[error("{} is not part of an archive", .0.display())]
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

fn remove(
    directory: &Directory,
    name: &OsStr,
    observer: &PathObserver<'_>,
) -> Result<(), NotRemoved> {
    match directory.entry(name)?.map(|entry| entry.kind) {
        None => return Ok(()),
        Some(EntryKind::File) => {
            directory.unlink(name)?;
        }
        Some(EntryKind::Directory) => remove_archive(directory, name, observer)?,
        Some(kind) => {
            return Err(NotRemoved::Kind {
                name: name.to_owned(),
                kind,
            });
        }
    }
    Ok(directory.sync()?)
}

fn remove_archive(
    directory: &Directory,
    name: &OsStr,
    observer: &PathObserver<'_>,
) -> Result<(), NotRemoved> {
    let inside = directory.subdirectory(name)?;
    let entries: Vec<OsString> = inside.names()?;
    for entry in &entries {
        let kind = inside.entry(entry)?.map(|entry| entry.kind);
        if !is_of_pg_dump(entry) || kind != Some(EntryKind::File) {
            return Err(NotRemoved::Foreign(inside.path().join(entry)));
        }
    }
    for entry in &entries {
        observer.reached(&inside.path().join(entry));
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
