//! Looking at and removing many entries of a directory: by handle, following nothing, and flushed once at the end by
//! whoever removes ([`Directory::sync`]), since a flush for each of ten thousand files takes longer than all the rest.
#![forbid(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::time::SystemTime;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::directory::{Directory, Removal};
use super::no_replace;

/// What an entry of a directory is, itself: a symbolic link is one, whatever it points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, a socket, a pipe.
    Other,
}

impl EntryKind {
    /// In words, for messages.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Directory => "a directory",
            Self::Symlink => "a symbolic link",
            Self::Other => "neither a file nor a directory",
        }
    }
}

/// What is known of an entry without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// When its content was changed last.
    pub modified: SystemTime,
    /// Bytes.
    pub size: u64,
}

impl Directory {
    /// Looks at an entry; `None` where there is none of that name.
    pub fn entry(&self, name: &OsStr) -> io::Result<Option<Entry>> {
        match fstatat(self, plain(name)?, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(entry(&stat))),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(self.failed("look at", name, errno)),
        }
    }

    /// Removes a file (or a symbolic link, never what it points to) without flushing. True if there was one.
    pub fn unlink(&self, name: &OsStr) -> io::Result<bool> {
        match unlinkat(self, plain(name)?, UnlinkatFlags::NoRemoveDir) {
            Ok(()) => Ok(true),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(self.failed("remove the file", name, errno)),
        }
    }

    /// Removes an empty directory without flushing.
    pub fn unlink_directory(&self, name: &OsStr) -> io::Result<Removal> {
        match unlinkat(self, plain(name)?, UnlinkatFlags::RemoveDir) {
            Ok(()) => Ok(Removal::Removed),
            Err(Errno::ENOENT) => Ok(Removal::Absent),
            Err(Errno::ENOTEMPTY | Errno::EEXIST) => Ok(Removal::NotEmpty),
            Err(errno) => Err(self.failed("remove the directory", name, errno)),
        }
    }

    /// Moves an entry, whatever it is, into another directory of the same file system, and flushes both; never replaces
    /// what has that name there already.
    pub fn move_aside(&self, name: &OsStr, into: &Self, new_name: &OsStr) -> io::Result<()> {
        let from = no_replace::Entry {
            directory: self,
            name: plain(name)?,
        };
        let to = no_replace::Entry {
            directory: into,
            name: plain(new_name)?,
        };
        no_replace::rename(&from, &to).map_err(|errno| self.failed("move", name, errno))?;
        into.sync()?;
        self.sync()
    }

    /// Tells every name but `.` and `..`, in the order of the file system, without holding them all.
    pub fn each_name(&self, mut tell: impl FnMut(OsString)) -> io::Result<()> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let failed = |errno: Errno| self.failed("list", OsStr::new("."), errno);
        for found in Dir::openat(self, ".", flags, Mode::empty())
            .map_err(failed)?
            .iter()
        {
            let found = found.map_err(failed)?;
            let name = OsStr::from_bytes(found.file_name().to_bytes());
            if name != "." && name != ".." {
                tell(name.to_owned());
            }
        }
        Ok(())
    }

    fn failed(&self, what: &str, name: &OsStr, errno: Errno) -> io::Error {
        let error = io::Error::from(errno);
        let path = self.path().join(name);
        io::Error::new(
            error.kind(),
            format!("could not {what} {}: {error}", path.display()),
        )
    }
}

fn entry(stat: &FileStat) -> Entry {
    let kind = match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => EntryKind::File,
        SFlag::S_IFDIR => EntryKind::Directory,
        SFlag::S_IFLNK => EntryKind::Symlink,
        _ => EntryKind::Other,
    };
    let seconds = std::time::Duration::from_secs(u64::try_from(stat.st_mtime).unwrap_or(0));
    Entry {
        kind,
        modified: SystemTime::UNIX_EPOCH + seconds,
        size: u64::try_from(stat.st_size).unwrap_or(0),
    }
}

/// One name, not a path: whatever a caller got wrong, nothing outside the directory is reached.
fn plain(name: &OsStr) -> io::Result<&OsStr> {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes == b"." || bytes == b".." || bytes.contains(&b'/') {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} is not the name of an entry", name.display()),
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn at(path: &std::path::Path) -> Directory {
        Directory::open_trusted(path).unwrap()
    }

    #[test]
    fn an_entry_is_what_it_is_itself() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "12345").unwrap();
        fs::create_dir(dir.path().join("directory")).unwrap();
        symlink(dir.path().join("file"), dir.path().join("link")).unwrap();
        let here = at(dir.path());
        let kind = |name: &str| {
            here.entry(OsStr::new(name))
                .unwrap()
                .map(|entry| entry.kind)
        };
        assert_eq!(kind("file"), Some(EntryKind::File));
        assert_eq!(kind("directory"), Some(EntryKind::Directory));
        assert_eq!(kind("link"), Some(EntryKind::Symlink));
        assert_eq!(kind("nothing"), None);
        assert_eq!(here.entry(OsStr::new("file")).unwrap().unwrap().size, 5);
    }

    #[test]
    fn trap_13_nothing_is_reached_by_a_path() {
        let outer = tempfile::tempdir().unwrap();
        fs::create_dir(outer.path().join("inner")).unwrap();
        fs::write(outer.path().join("precious"), "").unwrap();
        let inner = at(&outer.path().join("inner"));
        for name in ["", ".", "..", "../precious", "/etc/passwd", "a/b"] {
            assert!(inner.unlink(OsStr::new(name)).is_err(), "{name:?}");
            assert!(
                inner.unlink_directory(OsStr::new(name)).is_err(),
                "{name:?}"
            );
            assert!(inner.entry(OsStr::new(name)).is_err(), "{name:?}");
        }
        assert!(outer.path().join("precious").exists());
    }

    #[test]
    fn moving_aside_follows_nothing_and_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("aside")).unwrap();
        let target = dir.path().join("target");
        fs::write(&target, "precious").unwrap();
        symlink(&target, dir.path().join("link")).unwrap();
        let (here, aside) = (at(dir.path()), at(&dir.path().join("aside")));
        let link = OsStr::new("link");
        here.move_aside(link, &aside, link).unwrap();
        assert!(dir.path().join("aside/link").is_symlink() && target.exists());
        fs::write(dir.path().join("link"), "").unwrap();
        assert!(here.move_aside(link, &aside, link).is_err());
    }
}
