//! Locks that live exactly as long as a process and what it started.
//!
//! `flock(2)` belongs to the open file description: a child that inherits the descriptor holds the lock too, and the kernel
//! lets it go when the last of them is gone, however they ended. Whoever gets the lock of a run therefore knows that nothing
//! of that run is alive (`docs/spec/backups.md`, "Run record").
//!
//! A lock that is not meant for children is let go by name (`LOCK_UN`), for all copies at once: between its birth and its
//! exec each child that another thread starts has a copy of every descriptor, and would hold the lock for that moment.
#![forbid(unsafe_code)]

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use thiserror::Error;

/// How often a file may be replaced under our hands before that is an error: each time somebody removed a record that had
/// just been finished.
const REPLACED_AT_MOST: usize = 100;

/// Why a lock could not be asked for (somebody else holding it is not an error).
#[derive(Debug, Error)]
#[error("cannot {action} the lock file {path}: {source}", path = path.display())]
pub struct LockError {
    /// What was tried.
    action: &'static str,
    /// On which file.
    path: PathBuf,
    /// Why it failed.
    source: io::Error,
}

impl LockError {
    fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// Whether the file is there and may only be read: EACCES and EPERM (an immutable file), EROFS, and EISDIR, since nobody may
    /// open a directory for writing. Any other error is none of writing, and would come back without it.
    fn is_not_writable(&self) -> bool {
        use io::ErrorKind::{IsADirectory, PermissionDenied, ReadOnlyFilesystem};
        matches!(
            self.io_kind(),
            PermissionDenied | ReadOnlyFilesystem | IsADirectory
        )
    }

    /// What the operating system said.
    pub fn io_kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

/// An exclusive lock on a file, held until this and every inherited copy of its descriptor is closed.
///
/// Once it was passed on ([`FileLock::inherit_to_children`]), dropping it only closes the descriptor: unlocking would take the
/// lock from descendants which are still alive, as it belongs to all of them together.
#[derive(Debug)]
pub struct FileLock {
    file: Held,
    path: PathBuf,
}

impl FileLock {
    /// Takes the lock on `path` without waiting; the file is made (0600) where it does not exist, and a symlink is refused.
    /// `None`: another process holds it.
    pub fn try_acquire(path: &Path) -> Result<Option<Self>, LockError> {
        Self::acquire(path, true)
    }

    /// As [`FileLock::try_acquire`], but leaves a file that does not exist alone; then, too, the answer is `None`.
    pub fn try_acquire_existing(path: &Path) -> Result<Option<Self>, LockError> {
        Self::acquire(path, false)
    }

    fn acquire(path: &Path, create: bool) -> Result<Option<Self>, LockError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(create).mode(0o600);
        match locked(path, &mut options, File::try_lock) {
            Ok(file) => Ok(file.map(|file| Self {
                file: Held::new(file),
                path: path.to_owned(),
            })),
            Err(error) if !create && error.io_kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The locked file; written to only at its end (`O_APPEND`).
    pub fn file(&self) -> &File {
        &self.file.file
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on every program this process starts holds the lock as well.
    pub fn inherit_to_children(&self) -> Result<(), LockError> {
        self.file.pass_on(&self.path)
    }

    /// Removes the file, then lets the lock go: nobody can hold a lock on the removed file and think that it counts.
    pub fn remove(self) -> Result<(), LockError> {
        std::fs::remove_file(&self.path)
            .map_err(|error| LockError::new("remove", &self.path, error))
    }
}

/// A lock on a file or directory that is read and never written to: shared by readers, or exclusive for whoever is to remove it.
/// NFS gives no exclusive lock on a directory.
/// Held until this and every inherited copy of its descriptor is closed, as a [`FileLock`].
#[derive(Debug)]
pub struct ReadLock {
    file: Held,
    path: PathBuf,
}

impl ReadLock {
    /// Takes the lock for reading, beside other readers, without waiting. `None`: somebody is about to remove the file.
    pub fn try_shared(path: &Path) -> Result<Option<Self>, LockError> {
        Self::acquire(path, OpenOptions::new().read(true), File::try_lock_shared)
    }

    /// Takes the lock alone, without waiting. `None`: somebody reads the file.
    pub fn try_exclusive(path: &Path) -> Result<Option<Self>, LockError> {
        // NFS gives an exclusive lock only for a file that is open for writing (flock(2)).
        let mut options = OpenOptions::new();
        match Self::acquire(path, options.read(true).write(true), File::try_lock) {
            Err(error) if error.is_not_writable() => {
                Self::acquire(path, options.write(false), File::try_lock)
            }
            acquired => acquired,
        }
    }

    fn acquire(
        path: &Path,
        options: &mut OpenOptions,
        how: TryLock,
    ) -> Result<Option<Self>, LockError> {
        let file = locked(path, options, how)?;
        Ok(file.map(|file| Self {
            file: Held::new(file),
            path: path.to_owned(),
        }))
    }

    /// The locked file, at its beginning.
    pub fn file(&self) -> &File {
        &self.file.file
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From now on every program this process starts holds the lock as well.
    pub fn inherit_to_children(&self) -> Result<(), LockError> {
        self.file.pass_on(&self.path)
    }
}

/// A locked file, whose lock ends with it unless children were given it too.
#[derive(Debug)]
struct Held {
    file: File,
    is_passed_on: AtomicBool,
}

impl Held {
    const fn new(file: File) -> Self {
        Self {
            file,
            is_passed_on: AtomicBool::new(false),
        }
    }

    fn pass_on(&self, path: &Path) -> Result<(), LockError> {
        // First, so that no child that has it can lose it.
        self.is_passed_on.store(true, Ordering::SeqCst);
        fcntl(&self.file, FcntlArg::F_SETFD(FdFlag::empty()))
            .map(drop)
            .map_err(|errno| LockError::new("pass on", path, errno.into()))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_passed_on.load(Ordering::SeqCst) {
            // Where it fails, closing the descriptor lets the lock go.
            let _ = self.file.unlock();
        }
    }
}

type TryLock = fn(&File) -> Result<(), TryLockError>;

/// Opens and locks a file; a symlink is refused. `None`: another process has a lock that excludes ours.
fn locked(path: &Path, options: &mut OpenOptions, how: TryLock) -> Result<Option<File>, LockError> {
    options.custom_flags(OFlag::O_NOFOLLOW.bits());
    for _ in 0..REPLACED_AT_MOST {
        let file = options
            .open(path)
            .map_err(|error| LockError::new("open", path, error))?;
        match how(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(LockError::new("lock", path, error)),
        }
        // The former holder may have removed the file between our open and our lock: then we hold a lock on nothing.
        if is_still_there(&file, path).map_err(|error| LockError::new("inspect", path, error))? {
            return Ok(Some(file));
        }
    }
    Err(LockError::new(
        "hold",
        path,
        io::Error::other("it is replaced repeatedly"),
    ))
}

fn is_still_there(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(there) => Ok(there.dev() == held.dev() && there.ino() == held.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;
    use crate::alone::in_a_process_of_its_own;

    #[test]
    fn one_holder_at_a_time_and_the_file_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("defid1.run");
        let held = FileLock::try_acquire(&path).unwrap().unwrap();
        assert!(
            FileLock::try_acquire(&path).unwrap().is_none(),
            "two holders"
        );
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        drop(held);
        assert!(FileLock::try_acquire(&path).unwrap().is_some());
    }

    #[test]
    fn a_removed_file_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("defid1.run");
        FileLock::try_acquire(&path)
            .unwrap()
            .unwrap()
            .remove()
            .unwrap();
        assert!(!path.exists());
        assert!(FileLock::try_acquire_existing(&path).unwrap().is_none());
        assert!(!path.exists(), "asking for an existing file made one");
    }

    #[test]
    fn a_child_that_inherited_the_lock_holds_it_after_us() {
        in_a_process_of_its_own(|| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("defid1.run");
            let held = FileLock::try_acquire(&path).unwrap().unwrap();
            held.inherit_to_children().unwrap();
            let mut child = Command::new("cat")
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            drop(held);
            assert!(
                FileLock::try_acquire(&path).unwrap().is_none(),
                "the child's copy does not count"
            );
            drop(child.stdin.take());
            child.wait().unwrap();
            assert!(FileLock::try_acquire(&path).unwrap().is_some());
        });
    }

    /// As a child that another thread has just started has one until its exec.
    #[test]
    fn a_lock_that_was_not_passed_on_ends_although_a_copy_of_its_descriptor_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("defid1.run");
        let held = FileLock::try_acquire(&path).unwrap().unwrap();
        let copy = held.file().try_clone().unwrap();
        assert!(FileLock::try_acquire(&path).unwrap().is_none());
        drop(held);
        assert!(FileLock::try_acquire(&path).unwrap().is_some());
        drop(copy);

        let reader = ReadLock::try_shared(&path).unwrap().unwrap();
        let copy = reader.file().try_clone().unwrap();
        drop(reader);
        assert!(ReadLock::try_exclusive(&path).unwrap().is_some());
        drop(copy);
    }

    #[test]
    fn readers_share_and_keep_whoever_removes_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("toc.dat");
        std::fs::write(&path, "x").unwrap();
        let one = ReadLock::try_shared(&path).unwrap().unwrap();
        let other = ReadLock::try_shared(&path).unwrap().unwrap();
        drop(one);
        assert!(ReadLock::try_exclusive(&path).unwrap().is_none());
        drop(other);
        let remover = ReadLock::try_exclusive(&path).unwrap().unwrap();
        assert!(ReadLock::try_shared(&path).unwrap().is_none());
        drop(remover);
        std::fs::remove_file(&path).unwrap();
        let gone = ReadLock::try_shared(&path).unwrap_err();
        assert_eq!(gone.io_kind(), io::ErrorKind::NotFound);
        assert!(!path.exists(), "asking for a lock made a file");
    }

    #[test]
    fn what_may_only_be_read_is_locked_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dump.sql");
        std::fs::create_dir(&path).unwrap();
        let held = ReadLock::try_exclusive(&path).unwrap().unwrap();
        assert!(ReadLock::try_exclusive(&path).unwrap().is_none());
        drop(held);
        assert!(ReadLock::try_exclusive(&path).unwrap().is_some());
    }

    #[test]
    fn a_symlink_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        std::os::unix::fs::symlink(&target, dir.path().join("defid1.run")).unwrap();
        assert!(FileLock::try_acquire(&dir.path().join("defid1.run")).is_err());
        assert!(!target.exists());
    }
}
