//! Directories by handle: what is created, given away, renamed or removed below a backup root is reached component by
//! component from an open directory, and no symbolic link is followed on the way.
//!
//! A backup root belongs to the unprivileged user of the jobs, while control may be root: a path that was checked and is
//! then opened again by name could have been replaced by a link to `/etc` in between
//! (`docs/spec/setup.md`, "What the catalogue may not decide").
#![forbid(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, unlinkat};

use super::no_replace;
use super::privilege::{self, Owner};

/// Mode of every directory PgBackMan makes (trap 31).
pub const PRIVATE_DIRECTORY: u32 = 0o700;

/// An open directory. Its path is for messages only; every operation goes through the handle.
#[derive(Debug)]
pub struct Directory {
    handle: File,
    path: PathBuf,
}

/// Whether a directory was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ensured {
    /// It did not exist.
    Created,
    /// It existed.
    Existed,
}

/// What became of a directory that was to be removed if empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It was empty and is gone.
    Removed,
    /// Something is in it; it stays.
    NotEmpty,
    /// There was none.
    Absent,
}

impl Directory {
    /// Opens a directory by its path, following symbolic links: for paths that the local, root-owned configuration
    /// fixes (a backup root, a crontab directory).
    pub fn open_trusted(path: &Path) -> io::Result<Self> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let handle = nix::fcntl::open(path, flags, Mode::empty())
            .map_err(|errno| at(path, "open the directory", errno))?;
        Ok(Self {
            handle: File::from(handle),
            path: path.to_owned(),
        })
    }

    /// Opens `relative` below this directory, following no symbolic link. An empty path is this directory again.
    ///
    /// # Errors
    /// `InvalidInput` for a path that is absolute or has `..` in it; the system's error otherwise (a symbolic link on
    /// the way gives `ELOOP` or `ENOTDIR`).
    pub fn open_below(&self, relative: &Path) -> io::Result<Self> {
        let mut current = self.duplicate()?;
        for name in plain_components(relative)? {
            current = current.subdirectory(name)?;
        }
        Ok(current)
    }

    /// Opens one entry as a directory, unless it is a symbolic link.
    pub fn subdirectory(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.path.join(check_name(name)?);
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let handle = openat(&self.handle, name, flags, Mode::empty())
            .map_err(|errno| at(&path, "open the directory", errno))?;
        Ok(Self {
            handle: File::from(handle),
            path,
        })
    }

    /// Makes sure that the entry is a directory of mode 0700 that belongs to `owner` (`None`: to this process), creating
    /// it if need be.
    ///
    /// A directory that exists and belongs to somebody else is refused, never taken over; the exception is an empty one
    /// of this process's own user, which is what a crash between creating and giving away leaves.
    pub fn ensure_private(
        &self,
        name: &OsStr,
        owner: Option<Owner>,
    ) -> io::Result<(Self, Ensured)> {
        let path = self.path.join(check_name(name)?);
        let ensured = match mkdirat(
            &self.handle,
            name,
            Mode::from_bits_truncate(PRIVATE_DIRECTORY),
        ) {
            Ok(()) => Ensured::Created,
            Err(Errno::EEXIST) => Ensured::Existed,
            Err(errno) => return Err(at(&path, "create the directory", errno)),
        };
        let directory = self.subdirectory(name)?;
        directory.own(owner.unwrap_or_else(privilege::current_owner))?;
        if ensured == Ensured::Created {
            self.sync()?;
        }
        Ok((directory, ensured))
    }

    /// [`Directory::ensure_private`] for every component of `relative`.
    ///
    /// Components that exist on the way are left as they are; the last one must be ours.
    pub fn ensure_private_below(
        &self,
        relative: &Path,
        owner: Option<Owner>,
    ) -> io::Result<(Self, Ensured)> {
        let names = plain_components(relative)?;
        let Some((last, leading)) = names.split_last() else {
            return Ok((self.duplicate()?, Ensured::Existed));
        };
        let mut current = self.duplicate()?;
        for name in leading {
            current = match current.subdirectory(name) {
                Ok(directory) => directory,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    current.ensure_private(name, owner)?.0
                }
                Err(error) => return Err(error),
            };
        }
        current.ensure_private(last, owner)
    }

    /// Removes the entry if it is an empty directory.
    pub fn remove_if_empty(&self, name: &OsStr) -> io::Result<Removal> {
        let path = self.path.join(check_name(name)?);
        match unlinkat(&self.handle, name, UnlinkatFlags::RemoveDir) {
            Ok(()) => self.sync().map(|()| Removal::Removed),
            Err(Errno::ENOENT) => Ok(Removal::Absent),
            Err(Errno::ENOTEMPTY | Errno::EEXIST) => Ok(Removal::NotEmpty),
            Err(errno) => Err(at(&path, "remove the directory", errno)),
        }
    }

    /// Removes a file (or a symbolic link, never what it points to). True if there was one.
    pub fn remove_file(&self, name: &OsStr) -> io::Result<bool> {
        let path = self.path.join(check_name(name)?);
        match unlinkat(&self.handle, name, UnlinkatFlags::NoRemoveDir) {
            Ok(()) => self.sync().map(|()| true),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(at(&path, "remove the file", errno)),
        }
    }

    /// Gives an entry another name in the same directory; never replaces what has that name already.
    pub fn rename_aside(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        let path = self.path.join(check_name(from)?);
        check_name(to)?;
        let entry = |name| no_replace::Entry {
            directory: self,
            name,
        };
        no_replace::rename(&entry(from), &entry(to))
            .map_err(|errno| at(&path, &format!("rename to {}", to.display()), errno))?;
        self.sync()
    }

    /// Opens a regular file for reading, unless it is a symbolic link. `None` if there is none.
    pub fn open_file(&self, name: &OsStr) -> io::Result<Option<File>> {
        let path = self.path.join(check_name(name)?);
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        match openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => {
                let file = File::from(handle);
                if file.metadata()?.is_file() {
                    Ok(Some(file))
                } else {
                    Err(io::Error::other(format!(
                        "{} is not a regular file",
                        path.display()
                    )))
                }
            }
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(at(&path, "open the file", errno)),
        }
    }

    /// Names of all entries but `.` and `..`, in order.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let listed = || -> nix::Result<Vec<OsString>> {
            let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
            let mut names = Vec::new();
            for entry in Dir::openat(&self.handle, ".", flags, Mode::empty())?.iter() {
                let entry = entry?;
                let name = OsStr::from_bytes(entry.file_name().to_bytes());
                if name != "." && name != ".." {
                    names.push(name.to_owned());
                }
            }
            names.sort();
            Ok(names)
        };
        listed().map_err(|errno| at(&self.path, "list the directory", errno))
    }

    /// Flushes the directory, so that what was created, renamed or removed in it survives a power cut.
    pub fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }

    /// When an entry was last made, renamed or removed in it, or the time that it was given since.
    pub fn modified(&self) -> io::Result<SystemTime> {
        self.handle.metadata()?.modified()
    }

    /// Gives it this time.
    pub fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        self.handle.set_modified(time)
    }

    /// Where it was opened; for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn duplicate(&self) -> io::Result<Self> {
        Ok(Self {
            handle: self.handle.try_clone()?,
            path: self.path.clone(),
        })
    }

    /// Checks that the directory is `owner`'s and private, or makes it so where that takes nothing from anybody.
    fn own(&self, owner: Owner) -> io::Result<()> {
        let metadata = self.handle.metadata()?;
        if metadata.uid() != owner.uid {
            let ours_and_empty =
                metadata.uid() == privilege::current_owner().uid && self.names()?.is_empty();
            if !ours_and_empty {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    format!(
                        "{} belongs to user ID {} instead of {}; change its owner or move it away",
                        self.path.display(),
                        metadata.uid(),
                        owner.uid
                    ),
                ));
            }
            fchown(
                &self.handle,
                Some(Uid::from_raw(owner.uid)),
                Some(Gid::from_raw(owner.gid)),
            )
            .map_err(|errno| at(&self.path, "change the owner", errno))?;
        }
        if metadata.mode() & 0o7777 != PRIVATE_DIRECTORY {
            self.handle
                .set_permissions(std::fs::Permissions::from_mode(PRIVATE_DIRECTORY))?;
        }
        Ok(())
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// The names of a relative path; `..` and absolute paths are refused.
fn plain_components(relative: &Path) -> io::Result<Vec<&OsStr>> {
    relative
        .components()
        .filter(|component| !matches!(component, Component::CurDir))
        .map(|component| match component {
            Component::Normal(name) => Ok(name),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "{} is not a plain path below a directory",
                    relative.display()
                ),
            )),
        })
        .collect()
}

/// Exactly one entry of a directory, not a path.
fn check_name(name: &OsStr) -> io::Result<&OsStr> {
    if name.is_empty() || name == "." || name == ".." || name.as_bytes().contains(&b'/') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} is not the name of an entry", name.display()),
        ));
    }
    Ok(name)
}

/// The system's error with what was tried on what; its kind stays.
fn at(path: &Path, what: &str, errno: Errno) -> io::Error {
    let error = io::Error::from(errno);
    io::Error::new(
        error.kind(),
        format!("could not {what} {}: {error}", path.display()),
    )
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
