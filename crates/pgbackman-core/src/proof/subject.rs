//! What is proven: a backup that is known by one of its files.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::backup::names;
use crate::domain::status::BackupCode;
use crate::handoff::backup_lock::{self, BackupLockError};
use crate::handoff::manifest::{Manifest, ManifestError, Part};
use crate::sys::lock::ReadLock;

/// What is next to an archive.
const BESIDE: [&str; 3] = [names::ROLES, names::SETTINGS, names::AFTER];

/// A backup on this machine, locked against its removal.
#[derive(Debug)]
pub struct Subject {
    dump_file: PathBuf,
    manifest: Option<(PathBuf, Manifest)>,
    _lock: ReadLock,
}

/// Why a path is no backup that can be proven.
#[derive(Debug, Error)]
pub enum NoBackup {
    /// There is nothing.
    #[error("could not read {}: {source}", path.display())]
    Unseen {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Its manifest cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest names no archive.
    #[error("the manifest {} lists no data file", .0.display())]
    NoContents(PathBuf),
    /// It cannot be locked.
    #[error(transparent)]
    Lock(#[from] BackupLockError),
}

impl Subject {
    /// Opens a backup by its manifest, or by its archive or script. A manifest that is next to an archive is read as well.
    ///
    /// # Errors
    /// A file that is missing or cannot be read, and a backup that is being removed.
    pub fn open(path: &Path) -> Result<Self, NoBackup> {
        let is_manifest = has_ending(path, names::MANIFEST);
        let manifest = if is_manifest {
            Some(path.to_owned())
        } else {
            names::manifest_beside(path).filter(|beside| beside.exists())
        };
        let manifest = manifest
            .map(|path| Manifest::read(&path).map(|manifest| (path, manifest)))
            .transpose()?;
        let dump_file = match &manifest {
            Some((path, manifest)) if is_manifest => {
                contents_of(path, manifest).ok_or_else(|| NoBackup::NoContents(path.clone()))?
            }
            _ => path.to_owned(),
        };
        if manifest.is_none()
            && let Err(source) = std::fs::metadata(path)
        {
            let path = path.to_owned();
            return Err(NoBackup::Unseen { path, source });
        }
        let lock = backup_lock::shared(
            manifest.as_ref().map(|(path, _)| path.as_path()),
            &dump_file,
        )?;
        Ok(Self {
            dump_file,
            manifest,
            _lock: lock,
        })
    }

    /// The archive, or the script of a CLUSTER backup.
    pub fn dump_file(&self) -> &Path {
        &self.dump_file
    }

    /// The manifest, and the directory that its paths begin at.
    pub fn manifest(&self) -> Option<(&Path, &Manifest)> {
        let (path, manifest) = self.manifest.as_ref()?;
        Some((path.parent().unwrap_or(Path::new("/")), manifest))
    }

    /// The code, as the manifest or the name of the file says.
    pub fn code(&self) -> Option<BackupCode> {
        if let Some((_, manifest)) = &self.manifest {
            return Some(manifest.backup.code);
        }
        if has_ending(&self.dump_file, names::SCRIPT) {
            return Some(BackupCode::Cluster);
        }
        names::code_of(&self.dump_file)
    }

    /// Without a manifest: the files of roles, settings and what is run after the contents, which are beside the archive.
    pub(super) fn undescribed_files(&self) -> Vec<PathBuf> {
        let name = self.dump_file.file_name().and_then(|name| name.to_str());
        let stem = name.and_then(|name| name.strip_suffix(names::DATABASE));
        let (None, Some(stem)) = (&self.manifest, stem) else {
            return Vec::new();
        };
        BESIDE
            .map(|ending| self.dump_file.with_file_name(format!("{stem}{ending}")))
            .into_iter()
            .filter(|path| path.exists())
            .collect()
    }
}

/// The backups whose files are in a directory: their manifests, and the archives and scripts without one, in order of their names.
/// Unfinished files are none.
///
/// # Errors
/// A directory that cannot be read.
pub fn in_directory(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut present = BTreeSet::new();
    for entry in std::fs::read_dir(directory)? {
        present.insert(PathBuf::from(entry?.file_name()));
    }
    let is_backup = |name: &&PathBuf| {
        has_ending(name, names::MANIFEST)
            || (has_ending(name, names::DATABASE) || has_ending(name, names::SCRIPT))
                && names::manifest_beside(name).is_none_or(|manifest| !present.contains(&manifest))
    };
    Ok(present
        .iter()
        .filter(is_backup)
        .map(|name| directory.join(name))
        .collect())
}

fn has_ending(path: &Path, ending: &str) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().ends_with(ending.as_bytes())
}

/// The archive or script that a manifest describes: a file, or the directory of several.
fn contents_of(path: &Path, manifest: &Manifest) -> Option<PathBuf> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let mut files = manifest
        .files
        .iter()
        .filter(|file| file.part == Part::Database);
    let first = files.next()?;
    let top = first.path.components().next()?;
    Some(directory.join(top))
}
