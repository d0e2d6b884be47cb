//! Deleting the files of one backup: first everything is checked, and where anything is not as it should be nothing is
//! touched; then the files go, under the backup's lock, in an order that a crash at any point leaves repeatable.
//!
//! The archive goes first, its table of contents last of it; the manifest goes last of all, since it says what belongs to the
//! archive and is what a restore locks.

pub mod not_deleted;
pub mod partials;
pub mod removal_child;
pub mod remover;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::backup_lock;
use pgbackman_core::steps::Observer;
use pgbackman_core::sys::directory::{Directory, Removal};
use pgbackman_core::sys::entries::EntryKind;
use pgbackman_core::sys::lock::ReadLock;

use crate::files::contents::{self, Contents, Subject};
use crate::files::open_areas::{Found, OpenAreas};
use crate::files::places::{Part, Places};
use crate::removal::not_deleted::{NotDeleted, NotFlushed};
use crate::steps::{PathObserver, Step};

/// The files of one backup that are there, in the order in which they go.
#[derive(Debug)]
pub struct Plan {
    actions: Vec<Action>,
    lock: Option<Lock>,
}

/// What is locked while the files go.
#[derive(Debug)]
struct Lock {
    manifest: Option<PathBuf>,
    dump: PathBuf,
}

#[derive(Debug)]
struct Action {
    directory: Arc<Directory>,
    name: OsString,
    what: What,
}

#[derive(Debug)]
enum What {
    File,
    /// A directory with exactly these files in it.
    Archive(Vec<OsString>),
}

/// What became of a backup's files.
#[derive(Debug)]
pub enum Outcome {
    /// None of them is there any more.
    Gone,
    /// Nothing was touched, for this reason.
    Untouched(NotDeleted),
    /// Some are gone, and this kept the others.
    Unfinished(NotDeleted),
}

/// Looks at a backup's files.
///
/// # Errors
/// Why none of them may be touched.
pub fn plan(
    places: &Places,
    open: &mut OpenAreas,
    subject: Subject<'_>,
    observer: &PathObserver<'_>,
) -> Result<Plan, NotDeleted> {
    for path in subject.files.paths() {
        observer.reached(path);
    }
    let files = subject.files;
    let mut look = |path: Option<&Path>, part| match path {
        Some(path) => look_at(places, open, subject.node, path, part),
        None => Ok(None),
    };
    let manifest = look(files.manifest.as_deref(), Part::Dump)?;
    let dump = look(files.dump.as_deref(), Part::Dump)?;
    let mut others = Vec::new();
    let after = files.after();
    for path in [&files.roles, &files.dbconfig, &after]
        .into_iter()
        .flatten()
    {
        others.extend(look(Some(path), Part::Dump)?);
    }
    for path in &files.logs {
        others.extend(look(Some(path), Part::Log)?);
    }
    let expected = match &manifest {
        Some(seen) => contents::by_manifest(&seen.directory, &seen.name, subject)?,
        None => Contents::OfPgDump,
    };
    let lock = match (&manifest, &dump) {
        (None, None) => None,
        (manifest, dump) => Some(Lock {
            manifest: manifest.as_ref().map(Seen::path),
            dump: dump.as_ref().map(Seen::path).unwrap_or_default(),
        }),
    };
    let mut actions = Vec::new();
    actions.extend(
        dump.map(|seen| seen.archive(&expected, observer))
            .transpose()?,
    );
    for seen in others.into_iter().chain(manifest) {
        actions.push(seen.file()?);
    }
    Ok(Plan { actions, lock })
}

/// An entry that a row names.
#[derive(Debug)]
struct Seen {
    directory: Arc<Directory>,
    name: OsString,
    kind: EntryKind,
}

impl Seen {
    fn path(&self) -> PathBuf {
        self.directory.path().join(&self.name)
    }

    fn refuse<T>(&self) -> Result<T, NotDeleted> {
        Err(NotDeleted::Kind {
            path: self.path(),
            kind: self.kind,
        })
    }

    fn file(self) -> Result<Action, NotDeleted> {
        match self.kind {
            EntryKind::File => Ok(Action {
                directory: self.directory,
                name: self.name,
                what: What::File,
            }),
            _ => self.refuse(),
        }
    }

    /// The archive: a file, or a directory in which nothing lies but what belongs to it.
    fn archive(
        self,
        expected: &Contents,
        observer: &PathObserver<'_>,
    ) -> Result<Action, NotDeleted> {
        if self.kind != EntryKind::Directory {
            return self.file();
        }
        let inside = self.directory.subdirectory(&self.name)?;
        let mut names = BTreeSet::new();
        inside.each_name(|name| {
            names.insert(name);
        })?;
        for name in &names {
            observer.reached(inside.path());
            if !expected.contains(&self.name, name) {
                return Err(NotDeleted::Foreign(inside.path().join(name)));
            }
            match inside.entry(name)? {
                Some(entry) if entry.kind != EntryKind::File => {
                    return Err(NotDeleted::Kind {
                        path: inside.path().join(name),
                        kind: entry.kind,
                    });
                }
                _ => {}
            }
        }
        // What a restore of 1.x's backups locks goes last.
        let mut names: Vec<OsString> = names.into_iter().collect();
        names.sort_by_key(|name| name == "toc.dat");
        Ok(Action {
            directory: self.directory,
            name: self.name,
            what: What::Archive(names),
        })
    }
}

fn look_at(
    places: &Places,
    open: &mut OpenAreas,
    node: Option<NodeId>,
    path: &Path,
    part: Part,
) -> Result<Option<Seen>, NotDeleted> {
    let spot = places.spot(node, path, part)?;
    let seen = match open.look(&spot)? {
        Found::Nothing => return Ok(None),
        Found::Entry(directory, entry) => Seen {
            directory,
            name: spot.name,
            kind: entry.kind,
        },
    };
    match seen.kind {
        EntryKind::File | EntryKind::Directory => Ok(Some(seen)),
        EntryKind::Symlink | EntryKind::Other => seen.refuse(),
    }
}

impl Plan {
    /// Whether there is anything to delete.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Deletes the files. Their directories are still to be flushed; they are added to `touched`.
    pub fn carry_out(self, touched: &mut Touched, observer: &dyn Observer<Step>) -> Outcome {
        let mut held = match self.lock.as_ref().map(Lock::take) {
            None => None,
            Some(Ok(held)) => held,
            Some(Err(reason)) => return Outcome::Untouched(reason),
        };
        let mut removed = 0;
        for action in &self.actions {
            touched.add(&action.directory);
            if let Err(reason) = action.carry_out(&mut held, &mut removed, observer) {
                return if removed == 0 {
                    Outcome::Untouched(reason)
                } else {
                    Outcome::Unfinished(reason)
                };
            }
        }
        observer.reached(Step::BackupRemoved);
        Outcome::Gone
    }
}

impl Lock {
    /// The lock, or none where its file is gone already.
    fn take(&self) -> Result<Option<ReadLock>, NotDeleted> {
        match backup_lock::try_exclusive(self.manifest.as_deref(), &self.dump) {
            Ok(Some(lock)) => Ok(Some(lock)),
            Ok(None) => Err(NotDeleted::BeingRead),
            Err(error) if error.io_kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl Action {
    fn carry_out(
        &self,
        held: &mut Option<ReadLock>,
        removed: &mut usize,
        observer: &dyn Observer<Step>,
    ) -> Result<(), NotDeleted> {
        let entries = match &self.what {
            What::File => return unlink(&self.directory, &self.name, removed, observer),
            What::Archive(entries) => entries,
        };
        let inside = match self.directory.subdirectory(&self.name) {
            Ok(inside) => inside,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        for name in entries {
            unlink(&inside, name, removed, observer)?;
        }
        // Nobody can lock what is gone.
        held.take_if(|held| held.path().starts_with(inside.path()));
        match self.unlink_emptied(&inside, || std::thread::sleep(WAITS.1)) {
            Ok(Removal::Removed | Removal::Absent) => {
                *removed += 1;
                observer.reached(Step::ArchiveRemoved);
                Ok(())
            }
            Ok(Removal::NotEmpty) => Err(NotDeleted::NotEmpty(inside.path().to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    fn unlink_emptied(&self, inside: &Directory, mut wait: impl FnMut()) -> io::Result<Removal> {
        for _ in 0..WAITS.0 {
            match self.directory.unlink_directory(&self.name)? {
                Removal::NotEmpty if inside.names()?.iter().all(|name| is_still_open(name)) => {
                    wait();
                }
                removal => return Ok(removal),
            }
        }
        self.directory.unlink_directory(&self.name)
    }
}

/// What NFS and FUSE make of a removed file that somebody still has open: another name in the same directory, until it is
/// closed.
const STILL_OPEN: [&str; 2] = [".nfs", ".fuse_hidden"];
/// How often such files are waited for, and how long each time: our own lock was closed a moment ago.
const WAITS: (usize, Duration) = (20, Duration::from_millis(50));

fn is_still_open(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    STILL_OPEN.iter().any(|prefix| name.starts_with(prefix))
}

fn unlink(
    directory: &Directory,
    name: &OsStr,
    removed: &mut usize,
    observer: &dyn Observer<Step>,
) -> Result<(), NotDeleted> {
    directory.unlink(name)?;
    *removed += 1;
    observer.reached(Step::FileRemoved);
    Ok(())
}

/// The directories from which something was removed.
#[derive(Debug, Default)]
pub struct Touched(std::collections::BTreeMap<PathBuf, Arc<Directory>>);

impl Touched {
    fn add(&mut self, directory: &Arc<Directory>) {
        let path = directory.path();
        if !self.0.contains_key(path) {
            self.0.insert(path.to_owned(), Arc::clone(directory));
        }
    }

    /// Flushes them: only now is what was removed certainly gone.
    ///
    /// # Errors
    /// When one cannot be flushed; nothing of this batch is certain then.
    pub fn flush(self) -> Result<(), NotFlushed> {
        for (path, directory) in self.0 {
            directory
                .sync()
                .map_err(|source| NotFlushed { path, source })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The archive `x` with a file of this name in it; how often it was waited before it was removed or given up.
    fn emptied(left: &str, gone_after: usize) -> (Removal, usize) {
        let place = tempfile::tempdir().unwrap();
        let left = place.path().join("x").join(left);
        fs::create_dir(place.path().join("x")).unwrap();
        fs::write(&left, "").unwrap();
        let directory = Arc::new(Directory::open_trusted(place.path()).unwrap());
        let inside = directory.subdirectory("x".as_ref()).unwrap();
        let action = Action {
            directory,
            name: "x".into(),
            what: What::Archive(Vec::new()),
        };
        let mut waited = 0;
        let removal = action.unlink_emptied(&inside, || {
            waited += 1;
            if waited == gone_after {
                fs::remove_file(&left).unwrap();
            }
        });
        (removal.unwrap(), waited)
    }

    #[test]
    fn a_file_that_is_still_open_is_waited_for_and_a_strangers_is_not() {
        for name in [
            ".nfs000000000000a1b200000001",
            ".fuse_hidden0000000300000001",
        ] {
            assert_eq!(emptied(name, 3), (Removal::Removed, 3));
            assert_eq!(emptied(name, WAITS.0), (Removal::Removed, WAITS.0));
            assert_eq!(emptied(name, usize::MAX), (Removal::NotEmpty, WAITS.0));
        }
        for name in [".hidden", "toc.dat", "nfs"] {
            assert_eq!(emptied(name, 1), (Removal::NotEmpty, 0));
        }
    }
}
