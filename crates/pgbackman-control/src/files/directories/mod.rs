//! The directories of a backup server and its nodes: made, and cleared when a node is deleted.
//!
//! Which paths are allowed is decided by the local configuration; everything is reached through handles from a backup
//! root, following no symbolic link, and nothing is removed but what is empty (`docs/spec/backups.md`).

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use pgbackman_core::config::BackupServerSection;
use pgbackman_core::config::trust::{TrustError, check_backup_path};
use pgbackman_core::handoff::directory_mark::{self, Standing};
use pgbackman_core::handoff::{cache, run};
use pgbackman_core::sys::directory::{Directory, Ensured, Removal};
use pgbackman_core::sys::privilege::Owner;
use thiserror::Error;
use uuid::Uuid;

/// What a node's directory has in it.
const NODE_DIRECTORIES: [&str; 2] = ["dump", "log"];

/// What a server's root directory has in it besides the nodes' directories.
const PENDING_UPDATES: &str = "pending_updates";

/// Why a directory is not as it should be.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// The catalogue named a path that the local configuration does not allow.
    #[error(transparent)]
    Refused(#[from] TrustError),
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Backups should be there, and it does not look like that.
    #[error(
        "{path} was not created again, because {what}: is its file system mounted? If its backups are really lost, \
         create an empty directory, and accept it when show_pgsql_node_questions lists it",
        path = path.display()
    )]
    NotTheOneItWas {
        /// The directory.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
}

/// What the catalogue knows of a node's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The mark that it has.
    pub mark: Option<Uuid>,
    /// Whether backups should be in it.
    pub has_backups: bool,
}

/// What became of a deleted node's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cleared {
    /// There was none.
    Absent,
    /// It was empty and is gone.
    Removed,
    /// There is something in it: it now has this path.
    RenamedAside(PathBuf),
    /// It is a backup root itself, or contains the server's root directory: left as it is.
    LeftAlone,
}

/// A path below a backup root.
struct PathBelowRoot {
    root: PathBuf,
    relative: PathBuf,
}

/// Makes a server's root directory and what is in it. The handle is that of `cache_dir`.
pub fn ensure_server(
    section: &BackupServerSection,
    root_directory: &Path,
    owner: Option<Owner>,
) -> Result<Directory, DirectoryError> {
    let root = ensure(section, root_directory, owner)?.0;
    for name in [
        OsStr::new(PENDING_UPDATES),
        name_of(&run::directory(Path::new(""))),
    ] {
        root.ensure_private(name, owner)?;
    }
    Ok(root
        .ensure_private(name_of(&cache::directory(Path::new(""))), owner)?
        .0)
}

/// Makes a node's directory with `dump` and `log` in it.
pub fn ensure_node(
    section: &BackupServerSection,
    partition: &Path,
    owner: Option<Owner>,
) -> Result<Ensured, DirectoryError> {
    let (directory, mut ensured) = ensure(section, partition, owner)?;
    for name in NODE_DIRECTORIES {
        if directory.ensure_private(OsStr::new(name), owner)?.1 == Ensured::Created {
            ensured = Ensured::Created;
        }
    }
    Ok(ensured)
}

/// [`ensure_node`] where nothing can be lost by it: a directory in which backups should lie is not made again, since its
/// file system may not be mounted. Returns also the mark of a directory that has just got one.
pub fn ensure_known_node(
    section: &BackupServerSection,
    partition: &Path,
    known: Known,
    owner: Option<Owner>,
) -> Result<(Ensured, Option<Uuid>), DirectoryError> {
    let refuse = |what| {
        Err(DirectoryError::NotTheOneItWas {
            path: partition.to_owned(),
            what,
        })
    };
    let there = open(section, partition)?;
    let found = there.as_ref().map(directory_mark::read).transpose()?;
    match directory_mark::standing(known.mark, found.flatten()) {
        Standing::Another if there.is_none() => return refuse("it should contain backups"),
        Standing::Another => {
            return refuse("its marker file is missing, or belongs to another directory");
        }
        Standing::Unknown if known.has_backups && there.is_none() => {
            return refuse("it should contain backups");
        }
        Standing::Same | Standing::Unknown => {}
    }
    let ensured = ensure_node(section, partition, owner)?;
    // Maintenance looks for the backups before it marks a directory that has some.
    let is_new = known.mark.is_none() && !known.has_backups;
    let mark = is_new
        .then(|| {
            directory_mark::ensure(&ensure(section, partition, owner)?.0, owner)
                .map_err(DirectoryError::from)
        })
        .transpose()?;
    Ok((ensured, mark))
}

/// Removes the directory of a deleted node where it is empty, else renames it to `<name>.deleted-<stamp>`.
///
/// `kept` are directories that are still in use (the server's root, other nodes' directories): one of them at, above or
/// below the path leaves it alone.
pub fn clear_node(
    section: &BackupServerSection,
    partition: &Path,
    kept: &[PathBuf],
    stamp: &str,
) -> Result<Cleared, DirectoryError> {
    let normal = check_backup_path(section, partition)?;
    if kept.iter().any(|other| other.starts_with(&normal)) {
        return Ok(Cleared::LeftAlone);
    }
    let place = locate(section, partition)?;
    let Some(name) = place.relative.file_name() else {
        return Ok(Cleared::LeftAlone);
    };
    let parent = place.relative.parent().unwrap_or_else(|| Path::new(""));
    let opened = Directory::open_trusted(&place.root).and_then(|root| root.open_below(parent));
    let parent = match opened {
        Ok(parent) => parent,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Cleared::Absent),
        Err(error) => return Err(error.into()),
    };
    match parent.subdirectory(name) {
        Ok(directory) => {
            for part in NODE_DIRECTORIES {
                directory.remove_if_empty(OsStr::new(part))?;
            }
            if directory.names()? == [directory_mark::FILE_NAME] {
                directory.remove_file(OsStr::new(directory_mark::FILE_NAME))?;
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Cleared::Absent),
        Err(error) => return Err(error.into()),
    }
    match parent.remove_if_empty(name)? {
        Removal::Removed => Ok(Cleared::Removed),
        Removal::Absent => Ok(Cleared::Absent),
        Removal::NotEmpty => {
            let mut aside = name.to_owned();
            aside.push(format!(".deleted-{stamp}"));
            parent.rename_aside(name, &aside)?;
            Ok(Cleared::RenamedAside(parent.path().join(aside)))
        }
    }
}

fn ensure(
    section: &BackupServerSection,
    path: &Path,
    owner: Option<Owner>,
) -> Result<(Directory, Ensured), DirectoryError> {
    let place = locate(section, path)?;
    let root = open_root(&place.root, owner)?;
    Ok(root.ensure_private_below(&place.relative, owner)?)
}

/// A directory, if it is there.
fn open(section: &BackupServerSection, path: &Path) -> Result<Option<Directory>, DirectoryError> {
    let place = locate(section, path)?;
    let opened =
        Directory::open_trusted(&place.root).and_then(|root| root.open_below(&place.relative));
    match opened {
        Ok(directory) => Ok(Some(directory)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The allowed path as its backup root (the longest, where several contain it) and the way from there.
fn locate(section: &BackupServerSection, path: &Path) -> Result<PathBelowRoot, TrustError> {
    let normal = check_backup_path(section, path)?;
    let roots = section
        .backup_roots
        .iter()
        .filter(|root| normal.starts_with(root));
    let root = roots
        .max_by_key(|root| root.components().count())
        .cloned()
        .unwrap_or_else(|| normal.clone());
    let relative = normal
        .strip_prefix(&root)
        .unwrap_or_else(|_| Path::new(""))
        .to_owned();
    Ok(PathBelowRoot { root, relative })
}

/// Opens a backup root, which only the local configuration names, or makes it in a directory that exists.
pub fn open_root(root: &Path, owner: Option<Owner>) -> io::Result<Directory> {
    match (
        Directory::open_trusted(root),
        root.parent(),
        root.file_name(),
    ) {
        (Err(error), Some(parent), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Directory::open_trusted(parent)?
                .ensure_private(name, owner)?
                .0)
        }
        (opened, _, _) => opened,
    }
}

/// The last name of a relative path that is known to have one.
fn name_of(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

#[cfg(test)]
mod tests;
