//! Looking at the files of a backup that is to count: are they there, with the sizes of the manifest? Nothing is read but the
//! manifest (trap 12b).
//!
//! Damage is only what is certain: a file that is missing where its directory is the one it was, or of another size, or a
//! manifest that is not the one the catalogue knows. Whatever else goes wrong is no knowledge.

pub mod look_child;
pub mod looker;

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use pgbackman_core::catalogue::backups::file_looks::{FilesState, LookedFor};
use pgbackman_core::domain::text::hex::sha256_hex;
use pgbackman_core::handoff::manifest::{Manifest, Part, VERSION};
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::entries::EntryKind;

use crate::files::contents::LARGEST_MANIFEST;
use crate::files::open_areas::{Found, OpenAreas};
use crate::files::places::{self, Places};

/// So much of a manifest is read at a time.
const PIECE: usize = 256 * 1024;

/// What ends a look: `Err` carries what was found instead of a whole backup.
type Looked<T = ()> = Result<T, FilesState>;

/// Looks at the files of one backup. `at_work` is called each time that it got further.
pub fn look(
    places: &Places,
    open: &mut OpenAreas,
    backup: &LookedFor,
    at_work: &mut dyn FnMut(),
) -> FilesState {
    let looked = match &backup.files.manifest {
        Some(manifest) => by_manifest(places, open, backup, manifest, at_work),
        None => by_row(places, open, backup),
    };
    at_work();
    looked.err().unwrap_or(FilesState::Whole)
}

/// What the row names must be there, and what it names and the manifest lists must have the manifest's sizes.
fn by_manifest(
    places: &Places,
    open: &mut OpenAreas,
    backup: &LookedFor,
    path: &Path,
    at_work: &mut dyn FnMut(),
) -> Looked {
    let named = [
        Some(path),
        backup.files.dump.as_deref(),
        backup.files.roles.as_deref(),
        backup.files.dbconfig.as_deref(),
    ];
    for path in named.into_iter().flatten() {
        entry(places, open, backup, path)?;
    }
    let (directory, name, _) = entry(places, open, backup, path)?;
    let manifest = read(&directory, &name, backup, at_work)?;
    let said = [
        (Part::Database, backup.dump_size),
        (Part::Roles, backup.roles_size),
        (Part::Settings, backup.dbconfig_size),
    ];
    for (part, size) in said {
        let files = manifest.files.iter().filter(|file| file.part == part);
        let listed: u64 = files.map(|file| file.size).sum();
        if size.is_some_and(|size| u64::try_from(size) != Ok(listed)) {
            return Err(damaged(
                &directory.path().join(&name),
                "lists file sizes that differ from the catalogue's",
            ));
        }
    }
    let mut archive: Option<(PathBuf, Directory)> = None;
    for file in &manifest.files {
        at_work();
        let path = directory.path().join(&file.path);
        let Some(name) = file.path.file_name() else {
            return Err(damaged(&path, "is not a file name"));
        };
        let inside = file.path.parent().filter(|parent| *parent != Path::new(""));
        let found = match inside {
            None => directory.entry(name),
            Some(parent) => {
                if archive.as_ref().is_none_or(|(open, _)| open != parent) {
                    let opened = directory
                        .open_below(parent)
                        .map_err(|error| missing(&path, &error))?;
                    archive = Some((parent.to_owned(), opened));
                }
                match &archive {
                    Some((_, inside)) => inside.entry(name),
                    None => Ok(None),
                }
            }
        };
        match found {
            Ok(Some(entry)) if entry.kind != EntryKind::File => {
                return Err(damaged(&path, &format!("is {}", entry.kind.describe())));
            }
            Ok(Some(entry)) => same_size(&path, entry.size, file.size)?,
            Ok(None) => return Err(damaged(&path, "is missing")),
            Err(error) => return Err(missing(&path, &error)),
        }
    }
    Ok(())
}

/// A backup of 1.x: what its row names, with the sizes of the row. That of a directory is not one of its entry.
fn by_row(places: &Places, open: &mut OpenAreas, backup: &LookedFor) -> Looked {
    let Some(dump) = &backup.files.dump else {
        return Err(FilesState::Damaged(
            "the catalogue does not name an archive".to_owned(),
        ));
    };
    let named = [
        (Some(dump), backup.dump_size),
        (backup.files.roles.as_ref(), backup.roles_size),
        (backup.files.dbconfig.as_ref(), backup.dbconfig_size),
    ];
    for (path, size) in named {
        let Some(path) = path else { continue };
        let (directory, name, entry) = entry(places, open, backup, path)?;
        match (entry.kind, size.and_then(|size| u64::try_from(size).ok())) {
            (EntryKind::Directory, _) => {
                let toc = path.join("toc.dat");
                let inside = directory
                    .subdirectory(&name)
                    .map_err(|error| missing(path, &error))?;
                match inside.entry(OsStr::new("toc.dat")) {
                    Ok(Some(_)) => {}
                    Ok(None) => return Err(damaged(&toc, "is missing")),
                    Err(error) => return Err(missing(&toc, &error)),
                }
            }
            (_, Some(size)) => same_size(path, entry.size, size)?,
            (_, None) => {}
        }
    }
    Ok(())
}

/// A file or directory of the row, in the directory of its node, which must be the one that it was.
fn entry(
    allowed: &Places,
    open: &mut OpenAreas,
    backup: &LookedFor,
    path: &Path,
) -> Looked<(
    std::sync::Arc<Directory>,
    std::ffi::OsString,
    pgbackman_core::sys::entries::Entry,
)> {
    let spot = allowed
        .spot(Some(backup.node), path, places::Part::Dump)
        .map_err(|error| FilesState::NotLookedAt(error.to_string()))?;
    // A directory that is not there proves nothing, whether its node is still in the catalogue or not: only below a directory
    // that is known to be the one it was, its mark says so, it is gone with all that was in it.
    match open.open(&spot.area) {
        Ok(Some(_)) => {}
        _ if open.is_gone(&spot.area) => {
            return Err(damaged(
                path,
                &format!(
                    "is missing, because the directory {} is missing",
                    spot.area.path().display()
                ),
            ));
        }
        Ok(None) => {
            return Err(FilesState::NotLookedAt(format!(
                "the directory {} does not exist",
                spot.area.path().display()
            )));
        }
        Err(reason) => return Err(FilesState::NotLookedAt(reason.to_string())),
    }
    match open.look(&spot) {
        Ok(Found::Entry(directory, entry)) => match entry.kind {
            EntryKind::File | EntryKind::Directory => Ok((directory, spot.name, entry)),
            kind => Err(damaged(path, &format!("is {}", kind.describe()))),
        },
        Ok(Found::Nothing) => Err(damaged(path, "is missing")),
        Err(reason) => Err(FilesState::NotLookedAt(reason.to_string())),
    }
}

/// The manifest, if it is the one that the catalogue knows.
fn read(
    directory: &Directory,
    name: &OsStr,
    backup: &LookedFor,
    at_work: &mut dyn FnMut(),
) -> Looked<Manifest> {
    let path = directory.path().join(name);
    let mut file = match directory.open_file(name) {
        Ok(Some(file)) => file,
        Ok(None) => return Err(damaged(&path, "is missing")),
        Err(error) => return Err(missing(&path, &error)),
    };
    let mut json = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => json.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(missing(&path, &error)),
        }
        if json.len() as u64 > LARGEST_MANIFEST {
            return Err(damaged(&path, "is too large for a manifest"));
        }
        at_work();
    }
    if let Some(known) = &backup.checksum
        && *known != sha256_hex(&json)
    {
        return Err(damaged(
            &path,
            "is not the manifest that the catalogue has recorded",
        ));
    }
    let manifest: Manifest = serde_json::from_slice(&json)
        .map_err(|error| damaged(&path, &format!("is damaged: {error}")))?;
    if manifest.version != VERSION {
        return Err(FilesState::NotLookedAt(format!(
            "{} has the format of another version",
            path.display()
        )));
    }
    if backup
        .run
        .is_some_and(|run| run != manifest.backup.run_uuid)
        || backup
            .origin
            .is_some_and(|origin| origin != manifest.backup.origin)
    {
        return Err(damaged(&path, "belongs to another backup"));
    }
    Ok(manifest)
}

fn same_size(path: &Path, found: u64, expected: u64) -> Looked {
    if found == expected {
        Ok(())
    } else {
        Err(damaged(
            path,
            &format!("has {found} bytes instead of {expected}"),
        ))
    }
}

fn damaged(path: &Path, what: &str) -> FilesState {
    FilesState::Damaged(format!("{} {what}", path.display()))
}

/// Only these two say that a file is not there; every other error says nothing of it.
fn missing(path: &Path, error: &io::Error) -> FilesState {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => damaged(path, "is missing"),
        _ => FilesState::NotLookedAt(error.to_string()),
    }
}
