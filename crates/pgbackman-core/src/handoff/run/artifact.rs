//! The files a run writes: under `.partial` names until all are complete.
//!
//! Recovery may run as root on what the jobs' unprivileged user has recorded, so every path is taken apart again: it must lie
//! below the backup root, and is reached through directory handles without following links
//! (`docs/spec/setup.md`, "What the catalogue may not decide").

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::backup::names;
use crate::sys::directory::Directory;

/// What an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactKind {
    /// One file.
    File,
    /// A directory with files in it and nothing below, as `pg_dump` writes it.
    Directory,
}

/// One file or directory of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// What it is.
    pub kind: ArtifactKind,
    /// The directory it is in.
    pub directory: PathBuf,
    /// Its final name.
    pub name: String,
}

/// Why an artifact could not be renamed or removed.
#[derive(Debug, Error)]
#[error("cannot {action} {path}: {reason}", path = path.display())]
pub struct ArtifactError {
    action: &'static str,
    path: PathBuf,
    reason: String,
}

impl Artifact {
    /// Where it is while it is being written.
    pub fn partial_path(&self) -> PathBuf {
        self.directory.join(self.partial_name())
    }

    /// The bytes that have been written to it so far, while it has its `.partial` name.
    pub fn written(&self) -> u64 {
        let partial = self.partial_path();
        let size = |path: &Path| fs::symlink_metadata(path).map_or(0, |found| found.len());
        match self.kind {
            ArtifactKind::File => size(&partial),
            ArtifactKind::Directory => fs::read_dir(&partial).map_or(0, |entries| {
                entries.flatten().map(|entry| size(&entry.path())).sum()
            }),
        }
    }

    /// Where it is when the backup is complete.
    pub fn path(&self) -> PathBuf {
        self.directory.join(&self.name)
    }

    fn partial_name(&self) -> String {
        names::partial(&self.name)
    }

    fn open_directory(&self, roots: &[PathBuf]) -> Result<Directory, ArtifactError> {
        let below = roots
            .iter()
            .find_map(|root| Some((root, self.directory.strip_prefix(root).ok()?)));
        let Some((root, relative)) = below else {
            return Err(self.failed(
                "open the directory of",
                "it is outside the configured backup_roots",
            ));
        };
        Directory::open_trusted(root)
            .and_then(|root| root.open_below(relative))
            .map_err(|error| self.failed("open the directory of", error))
    }

    fn failed(&self, action: &'static str, reason: impl Display) -> ArtifactError {
        ArtifactError {
            action,
            path: self.path(),
            reason: reason.to_string(),
        }
    }

    /// Gives it its final name; one that has it already is left as it is, so that this can be repeated after a crash.
    fn publish(&self, directory: &Directory) -> Result<(), ArtifactError> {
        let (partial, name) = (self.partial_name(), &self.name);
        match directory.rename_aside(OsStr::new(&partial), OsStr::new(name)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && exists(&self.path()) => Ok(()),
            Err(error) => Err(self.failed("publish", error)),
        }
    }

    fn remove(&self, directory: &Directory, name: &str) -> Result<(), ArtifactError> {
        let removed = match self.kind {
            ArtifactKind::File => directory.remove_file(OsStr::new(name)).map(drop),
            ArtifactKind::Directory => remove_flat(directory, OsStr::new(name)),
        };
        removed.map_err(|error| self.failed("remove", error))
    }
}

/// Gives every artifact its final name, in order (the manifest is the last). Can be repeated.
pub fn publish(artifacts: &[Artifact], roots: &[PathBuf]) -> Result<(), ArtifactError> {
    for artifact in artifacts {
        artifact.publish(&artifact.open_directory(roots)?)?;
    }
    Ok(())
}

/// Removes what a failed run wrote, under either name: the names are this run's own. Goes on after an error and reports the
/// first.
pub fn remove_all(artifacts: &[Artifact], roots: &[PathBuf]) -> Result<(), ArtifactError> {
    let mut first_error = Ok(());
    for artifact in artifacts {
        let removed = artifact.open_directory(roots).and_then(|directory| {
            artifact.remove(&directory, &artifact.partial_name())?;
            artifact.remove(&directory, &artifact.name)
        });
        if first_error.is_ok() {
            first_error = removed;
        }
    }
    first_error
}

/// Removes a directory that holds files only; anything else in it is not ours and stays, with the directory.
fn remove_flat(parent: &Directory, name: &OsStr) -> io::Result<()> {
    let directory = match parent.subdirectory(name) {
        Ok(directory) => directory,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in directory.names()? {
        directory.remove_file(&entry)?;
    }
    parent.remove_if_empty(name).map(drop)
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
