//! The directories of a backup server and its nodes: made, and cleared when a node is deleted.
//!
//! Which paths are allowed is decided by the local configuration; everything is reached through handles from a backup
//! root, following no symbolic link, and nothing is removed but what is empty (`docs/spec/programs.md`).

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use pgbackman_core::config::BackupServerSection;
use pgbackman_core::config::trust::{TrustError, check_backup_path};
use pgbackman_core::handoff::{cache, run};
use pgbackman_core::sys::directory::{Directory, Ensured, Removal};
use pgbackman_core::sys::privilege::Owner;
use thiserror::Error;

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
struct Place {
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

/// The allowed path as its backup root (the longest, where several contain it) and the way from there.
fn locate(section: &BackupServerSection, path: &Path) -> Result<Place, TrustError> {
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
    Ok(Place { root, relative })
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
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    fn section(root: &Path) -> BackupServerSection {
        let mut section = BackupServerSection::for_machine("backup.example.org");
        section.backup_roots = vec![root.to_owned()];
        section
    }

    #[test]
    fn a_servers_and_a_nodes_directories_are_private() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("pgbackman");
        let section = section(&root);
        ensure_server(&section, &root, None).unwrap();
        let node = root.join("pgsql_node_1");
        assert_eq!(
            ensure_node(&section, &node, None).unwrap(),
            Ensured::Created
        );
        assert_eq!(
            ensure_node(&section, &node, None).unwrap(),
            Ensured::Existed
        );
        for name in [
            "cache_dir",
            "pending_updates",
            "run",
            "pgsql_node_1",
            "pgsql_node_1/dump",
            "pgsql_node_1/log",
        ] {
            let metadata = fs::metadata(root.join(name)).unwrap();
            assert_eq!(metadata.mode() & 0o7777, 0o700, "{name}");
        }
    }

    #[test]
    fn what_the_configuration_does_not_allow_is_refused() {
        let (directory, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let section = section(directory.path());
        for path in [
            outside.path().join("x"),
            directory.path().join("../x"),
            PathBuf::from("relative"),
        ] {
            assert!(
                matches!(
                    ensure_node(&section, &path, None),
                    Err(DirectoryError::Refused(_))
                ),
                "{path:?}"
            );
            assert!(
                matches!(
                    clear_node(&section, &path, &[], "now"),
                    Err(DirectoryError::Refused(_))
                ),
                "{path:?}"
            );
        }
        symlink(outside.path(), directory.path().join("link")).unwrap();
        assert!(ensure_node(&section, &directory.path().join("link/node"), None).is_err());
        assert!(clear_node(&section, &directory.path().join("link"), &[], "now").is_err());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_deleted_nodes_backups_are_never_removed() {
        let directory = tempfile::tempdir().unwrap();
        let (root, node) = (directory.path(), directory.path().join("pgsql_node_1"));
        let section = section(root);
        assert_eq!(
            clear_node(&section, &node, &[], "1").unwrap(),
            Cleared::Absent
        );
        ensure_node(&section, &node, None).unwrap();
        assert_eq!(
            clear_node(&section, &node, &[], "1").unwrap(),
            Cleared::Removed
        );
        assert!(!node.exists());
        ensure_node(&section, &node, None).unwrap();
        fs::write(node.join("dump/precious"), "x").unwrap();
        let aside = root.join("pgsql_node_1.deleted-1");
        assert_eq!(
            clear_node(&section, &node, &[], "1").unwrap(),
            Cleared::RenamedAside(aside.clone())
        );
        assert!(aside.join("dump/precious").exists() && !node.exists());
    }

    #[test]
    fn directories_in_use_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let section = section(root);
        let shared = root.join("shared");
        ensure_node(&section, &shared, None).unwrap();
        for kept in [shared.clone(), shared.join("inside")] {
            assert_eq!(
                clear_node(&section, &shared, &[kept], "1").unwrap(),
                Cleared::LeftAlone
            );
        }
        assert_eq!(
            clear_node(&section, root, &[], "1").unwrap(),
            Cleared::LeftAlone
        );
        assert!(shared.join("dump").exists());
    }
}
