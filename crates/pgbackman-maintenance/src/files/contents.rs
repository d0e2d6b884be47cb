//! What belongs to an archive: what its manifest lists; without a manifest (1.x), what `pg_dump` names its files.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use pgbackman_core::catalogue::backups::BackupFiles;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::manifest::{Manifest, VERSION};
use pgbackman_core::sys::directory::Directory;
use thiserror::Error;
use uuid::Uuid;

use crate::files::open_areas::is_of_pg_dump;

/// A larger manifest is none: an archive has a file for each table, and a line of 200 bytes for each file.
pub const LARGEST_MANIFEST: u64 = 256 * 1024 * 1024;

/// The backup that a row is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The node; unknown in rows of forced deletions of 1.x.
    pub node: Option<NodeId>,
    /// The run, to be compared with the manifest's.
    pub run: Option<Uuid>,
    /// What it is a backup of, to be compared with the manifest's.
    pub origin: Option<BackupOrigin>,
    /// The files.
    pub files: &'a BackupFiles,
}

/// The files that may be in a backup's archive.
#[derive(Debug)]
pub enum Contents {
    /// Those that `pg_dump` writes.
    OfPgDump,
    /// Those that the manifest lists: directory and name.
    Listed(BTreeSet<(OsString, OsString)>),
}

impl Contents {
    /// Whether a file belongs in an archive.
    pub fn contains(&self, archive: &OsStr, name: &OsStr) -> bool {
        match self {
            Self::OfPgDump => is_of_pg_dump(name),
            Self::Listed(listed) => listed.contains(&(archive.to_owned(), name.to_owned())),
        }
    }
}

/// Why a manifest does not say what belongs to a backup.
#[derive(Debug, Error)]
#[error("the manifest {} {fault}", path.display())]
pub struct ManifestError {
    /// The manifest.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: ManifestFault,
}

/// What is wrong with a manifest.
#[derive(Debug, Error)]
pub enum ManifestFault {
    /// It cannot be opened.
    #[error(transparent)]
    Closed(io::Error),
    /// It cannot be read.
    #[error("could not be read: {0}")]
    Unread(#[source] io::Error),
    /// Another release of the software wrote it.
    #[error("has the format of another version")]
    OtherVersion,
    /// It is no manifest.
    #[error("is damaged: {0}")]
    Damaged(#[source] serde_json::Error),
    /// Its run, or what it is a backup of, is not the row's.
    #[error("belongs to another backup")]
    OtherBackup,
    /// It lists a file that the row does not name.
    #[error("lists {}, which does not belong to this backup according to the catalogue", .0.display())]
    Unknown(PathBuf),
}

/// Reads what a manifest lists, if it is this backup's.
///
/// # Errors
/// A manifest that cannot be read, is another backup's, or lists what the row does not know: nothing may be touched then.
pub fn by_manifest(
    directory: &Directory,
    name: &OsStr,
    subject: Subject<'_>,
) -> Result<Contents, ManifestError> {
    let listed = read(directory, name).and_then(|manifest| match manifest {
        None => Ok(Contents::OfPgDump),
        Some(manifest) => listed_by(&manifest, subject),
    });
    listed.map_err(|fault| ManifestError {
        path: directory.path().join(name),
        fault,
    })
}

fn listed_by(manifest: &Manifest, subject: Subject<'_>) -> Result<Contents, ManifestFault> {
    if subject
        .run
        .is_some_and(|run| run != manifest.backup.run_uuid)
        || subject
            .origin
            .is_some_and(|origin| origin != manifest.backup.origin)
    {
        return Err(ManifestFault::OtherBackup);
    }
    let after = subject.files.after();
    let known: BTreeSet<&OsStr> = [
        &subject.files.dump,
        &subject.files.roles,
        &subject.files.dbconfig,
        &after,
    ]
    .into_iter()
    .flatten()
    .filter_map(|path| path.file_name())
    .collect();
    let mut listed = BTreeSet::new();
    for file in &manifest.files {
        let (top, inside) = taken_apart(&file.path)
            .filter(|(top, _)| known.contains(top))
            .ok_or_else(|| ManifestFault::Unknown(file.path.clone()))?;
        listed.extend(inside.map(|inside| (top.to_owned(), inside.to_owned())));
    }
    Ok(Contents::Listed(listed))
}

/// `file`, or `directory/file`; nothing else is a file of a backup.
fn taken_apart(path: &Path) -> Option<(&OsStr, Option<&OsStr>)> {
    let names: Vec<&OsStr> = path
        .components()
        .map(|component| match component {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect::<Option<_>>()?;
    match names[..] {
        [file] => Some((file, None)),
        [directory, file] => Some((directory, Some(file))),
        _ => None,
    }
}

/// `None`: it has gone meanwhile.
fn read(directory: &Directory, name: &OsStr) -> Result<Option<Manifest>, ManifestFault> {
    let Some(file) = directory.open_file(name).map_err(ManifestFault::Closed)? else {
        return Ok(None);
    };
    let mut json = Vec::new();
    file.take(LARGEST_MANIFEST)
        .read_to_end(&mut json)
        .map_err(ManifestFault::Unread)?;
    match serde_json::from_slice::<Manifest>(&json) {
        Ok(manifest) if manifest.version == VERSION => Ok(Some(manifest)),
        Ok(_) => Err(ManifestFault::OtherVersion),
        Err(error) => {
            let version = serde_json::from_slice::<serde_json::Value>(&json)
                .ok()
                .and_then(|document| document.get("version")?.as_u64());
            Err(match version {
                Some(version) if version != u64::from(VERSION) => ManifestFault::OtherVersion,
                _ => ManifestFault::Damaged(error),
            })
        }
    }
}
