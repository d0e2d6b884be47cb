//! Renaming that replaces nothing, also where the file system cannot do that in one step: NFS, FUSE without its newer
//! rename and ZFS before 2.2 answer `EINVAL` to every flag of `renameat2(2)`.
#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, RenameFlags, renameat, renameat2};
use nix::sys::stat::{FileStat, fstat, fstatat};
use nix::unistd::{UnlinkatFlags, linkat, unlinkat};

/// An entry of an open directory.
#[derive(Debug)]
pub struct Entry<'a, D> {
    /// The directory.
    pub directory: &'a D,
    /// Its name there.
    pub name: &'a OsStr,
}

/// Gives an entry another name, in the same or another directory of the file system; `EEXIST` where something has that name.
/// Can be repeated after a crash.
pub fn rename<D: AsFd>(from: &Entry<'_, D>, to: &Entry<'_, D>) -> nix::Result<()> {
    let flags = RenameFlags::RENAME_NOREPLACE;
    match renameat2(from.directory, from.name, to.directory, to.name, flags) {
        Err(Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP) => in_steps(from, to),
        Err(Errno::EEXIST) => finish(from, to),
        renamed => renamed,
    }
}

/// A second name, which a file cannot get where there is one, then without the first.
fn in_steps<D: AsFd>(from: &Entry<'_, D>, to: &Entry<'_, D>) -> nix::Result<()> {
    let linked = linkat(
        from.directory,
        from.name,
        to.directory,
        to.name,
        AtFlags::empty(),
    );
    match linked {
        Ok(()) => from.unlink(),
        Err(Errno::EEXIST) => finish(from, to),
        // A directory, or a file system without links.
        Err(Errno::EPERM | Errno::EOPNOTSUPP | Errno::ENOSYS) => after_a_look(from, to),
        Err(errno) => Err(errno),
    }
}

/// The new name is taken. That is well where it is the file itself, which a crash in [`in_steps`] left with both names.
fn finish<D: AsFd>(from: &Entry<'_, D>, to: &Entry<'_, D>) -> nix::Result<()> {
    let is_one_file = match (from.stat()?, to.stat()?) {
        (Some(one), Some(other)) => is_same(&one, &other) && !from.is(to)?,
        _ => false,
    };
    if is_one_file {
        from.unlink()
    } else {
        Err(Errno::EEXIST)
    }
}

/// The last resort. What appears between the look and the renaming is lost only if it is an empty directory, or a file on a
/// file system that has neither way; all names that are given in this way have a run's own time in them.
fn after_a_look<D: AsFd>(from: &Entry<'_, D>, to: &Entry<'_, D>) -> nix::Result<()> {
    if to.stat()?.is_some() {
        return Err(Errno::EEXIST);
    }
    renameat(from.directory, from.name, to.directory, to.name)
}

impl<D: AsFd> Entry<'_, D> {
    fn stat(&self) -> nix::Result<Option<FileStat>> {
        match fstatat(self.directory, self.name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    fn is(&self, other: &Self) -> nix::Result<bool> {
        Ok(self.name == other.name && is_same(&fstat(self.directory)?, &fstat(other.directory)?))
    }

    fn unlink(&self) -> nix::Result<()> {
        unlinkat(self.directory, self.name, UnlinkatFlags::NoRemoveDir)
    }
}

fn is_same(one: &FileStat, other: &FileStat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::path::Path;

    use super::super::directory::Directory;
    use super::*;

    type Way = fn(&Entry<'_, Directory>, &Entry<'_, Directory>) -> nix::Result<()>;

    /// All must do the same; the last is for file systems without links.
    const WAYS: [Way; 3] = [rename, in_steps, after_a_look];

    fn go(way: Way, place: &Path, from: &str, to: &str) -> nix::Result<()> {
        let directory = Directory::open_trusted(place).unwrap();
        let entry = |name| Entry {
            directory: &directory,
            name: OsStr::new(name),
        };
        way(&entry(from), &entry(to))
    }

    fn names(place: &Path) -> Vec<OsString> {
        Directory::open_trusted(place).unwrap().names().unwrap()
    }

    #[test]
    fn files_and_directories_get_a_free_name_on_every_way() {
        for way in WAYS {
            let place = tempfile::tempdir().unwrap();
            fs::write(place.path().join("file"), "1").unwrap();
            fs::create_dir(place.path().join("directory")).unwrap();
            fs::write(place.path().join("directory/toc.dat"), "2").unwrap();
            go(way, place.path(), "file", "a").unwrap();
            go(way, place.path(), "directory", "b").unwrap();
            assert_eq!(names(place.path()), ["a", "b"]);
            assert_eq!(fs::read(place.path().join("a")).unwrap(), b"1");
            assert_eq!(fs::read(place.path().join("b/toc.dat")).unwrap(), b"2");
            assert_eq!(go(way, place.path(), "gone", "c"), Err(Errno::ENOENT));
        }
    }

    #[test]
    fn nothing_is_replaced_on_any_way() {
        for way in WAYS {
            let place = tempfile::tempdir().unwrap();
            fs::write(place.path().join("file"), "1").unwrap();
            fs::create_dir(place.path().join("directory")).unwrap();
            fs::write(place.path().join("taken"), "2").unwrap();
            fs::create_dir(place.path().join("empty")).unwrap();
            for (from, to) in [
                ("file", "taken"),
                ("file", "empty"),
                ("file", "file"),
                ("directory", "taken"),
                ("directory", "empty"),
                ("directory", "directory"),
            ] {
                let refused = go(way, place.path(), from, to);
                assert_eq!(refused, Err(Errno::EEXIST), "{from} to {to}");
            }
            assert_eq!(names(place.path()), ["directory", "empty", "file", "taken"]);
            assert_eq!(fs::read(place.path().join("taken")).unwrap(), b"2");
        }
    }

    #[test]
    fn a_file_that_a_crash_left_with_both_names_keeps_the_new_one() {
        for way in [rename, in_steps] as [Way; 2] {
            let place = tempfile::tempdir().unwrap();
            fs::write(place.path().join("x.partial"), "1").unwrap();
            fs::hard_link(place.path().join("x.partial"), place.path().join("x")).unwrap();
            go(way, place.path(), "x.partial", "x").unwrap();
            assert_eq!(names(place.path()), ["x"]);
            // A link of somebody else to it makes no second name of ours.
            fs::hard_link(place.path().join("x"), place.path().join("y")).unwrap();
            assert_eq!(go(way, place.path(), "x", "x"), Err(Errno::EEXIST));
            assert_eq!(names(place.path()), ["x", "y"]);
        }
    }
}
