//! Files that are replaced whole or not at all: temporary file in the same directory, flush, owner and mode, rename,
//! flush of the directory.
//!
//! The temporary name begins with a dot, which also hides it from cron (trap 19).
#![forbid(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Pid, Uid, fchown};

use super::directory::Directory;
use super::no_replace;
use super::privilege::Owner;

/// Mode of every file that is nobody else's business (trap 31).
pub const PRIVATE_FILE: u32 = 0o600;

/// How temporary names end; what is in between tells the process.
const TEMPORARY_SUFFIX: &str = ".pgbackman-new";

/// Counts this process's temporary files, so that two of its threads never share one.
static SEQUENCE: AtomicU64 = AtomicU64::new(0);

/// Replaces the file at `path` with `bytes`, of `mode`, owned by `owner` (`None`: by this process).
///
/// The directory is opened by its path, symbolic links included: for a directory that others may write in, use
/// [`write_in`] with a handle. When this fails the old file, if any, is as it was.
pub fn write(path: &Path, bytes: &[u8], mode: u32, owner: Option<Owner>) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} does not name a file", path.display()),
        )
    })?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    write_in(&Directory::open_trusted(parent)?, name, bytes, mode, owner)
}

/// [`write()`] in an open directory; a symbolic link of that name is replaced, never followed.
pub fn write_in(
    directory: &Directory,
    name: &OsStr,
    bytes: &[u8],
    mode: u32,
    owner: Option<Owner>,
) -> io::Result<()> {
    prepare_in(directory, name, bytes, mode, owner)?.publish()
}

/// The first half of [`write_in`]: the new content is on disk, complete and flushed, under a temporary name.
pub fn prepare_in<'a>(
    directory: &'a Directory,
    name: &'a OsStr,
    bytes: &[u8],
    mode: u32,
    owner: Option<Owner>,
) -> io::Result<Prepared<'a>> {
    let sequence = SEQUENCE.fetch_add(1, Ordering::Relaxed);
    let prepared = Prepared {
        directory,
        name,
        temporary: Some(temporary_name(name, std::process::id(), sequence)),
    };
    // Where this fails, dropping `prepared` removes what there is of the temporary file.
    write_temporary(&prepared, bytes, mode, owner).map_err(|error| prepared.failed(&error))?;
    Ok(prepared)
}

/// A file that only lacks its name. Dropping it removes it.
#[derive(Debug)]
pub struct Prepared<'a> {
    directory: &'a Directory,
    name: &'a OsStr,
    temporary: Option<OsString>,
}

impl Prepared<'_> {
    /// Gives the file this time, which it keeps.
    pub fn set_modified(&self, time: SystemTime) -> io::Result<()> {
        let name = self.temporary.as_deref().unwrap_or(self.name);
        let set = || match self.directory.open_file(name)? {
            Some(file) => file.set_modified(time),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        set().map_err(|error| self.failed(&error))
    }

    /// Gives the file its name, in place of the one that had it, and flushes the directory.
    pub fn publish(mut self) -> io::Result<()> {
        if let Some(temporary) = &self.temporary {
            renameat(
                self.directory,
                temporary.as_os_str(),
                self.directory,
                self.name,
            )
            .map_err(|errno| self.failed(&errno.into()))?;
        }
        self.temporary = None;
        self.directory.sync().map_err(|error| self.failed(&error))
    }

    /// [`Prepared::publish`] unless something has the name already, which stays as it is then: of several who do this at
    /// the same time one is told `true`.
    pub fn publish_if_new(mut self) -> io::Result<bool> {
        let entry = |name| no_replace::Entry {
            directory: self.directory,
            name,
        };
        let temporary = self.temporary.as_deref().unwrap_or(self.name);
        match no_replace::rename(&entry(temporary), &entry(self.name)) {
            Ok(()) => self.temporary = None,
            Err(Errno::EEXIST) => return Ok(false),
            Err(errno) => return Err(self.failed(&errno.into())),
        }
        self.directory.sync().map_err(|error| self.failed(&error))?;
        Ok(true)
    }

    fn failed(&self, error: &io::Error) -> io::Error {
        let path = self.directory.path().join(self.name);
        io::Error::new(
            error.kind(),
            format!("could not write {}: {error}", path.display()),
        )
    }
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // The reason for not going on is what counts; what cannot be removed either is cleared later.
            let _ = self.directory.remove_file(temporary);
        }
    }
}

/// Removes temporary files whose process is gone (killed between creating and renaming). Returns how many.
pub fn remove_abandoned(directory: &Directory) -> io::Result<usize> {
    let mut removed = 0;
    for name in directory.names()? {
        if temporary_of(&name).is_some_and(|pid| !is_alive(pid)) && directory.remove_file(&name)? {
            removed += 1;
        }
    }
    Ok(removed)
}

fn write_temporary(
    prepared: &Prepared<'_>,
    bytes: &[u8],
    mode: u32,
    owner: Option<Owner>,
) -> io::Result<()> {
    let flags =
        OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let name = prepared.temporary.as_deref().unwrap_or(prepared.name);
    let private = Mode::from_bits_truncate(PRIVATE_FILE);
    let mut file = File::from(openat(prepared.directory, name, flags, private)?);
    file.write_all(bytes)?;
    if let Some(owner) = owner {
        fchown(
            &file,
            Some(Uid::from_raw(owner.uid)),
            Some(Gid::from_raw(owner.gid)),
        )?;
    }
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()
}

/// `.<name>.<process ID>-<number>.pgbackman-new`. A name too long for that is cut: the rest keeps it unique.
fn temporary_name(name: &OsStr, pid: u32, number: u64) -> OsString {
    const LONGEST_NAME: usize = 255;
    let tail = format!(".{pid}-{number}{TEMPORARY_SUFFIX}");
    let bytes = name.as_bytes();
    let kept = bytes.len().min(LONGEST_NAME - 1 - tail.len());
    let mut temporary = OsString::from(".");
    temporary.push(OsStr::from_bytes(&bytes[..kept]));
    temporary.push(tail);
    temporary
}

/// The process ID in a temporary name; `None` for any other name.
fn temporary_of(name: &OsStr) -> Option<i32> {
    let rest = name
        .to_str()?
        .strip_prefix('.')?
        .strip_suffix(TEMPORARY_SUFFIX)?;
    let (pid, number) = rest.rsplit_once('.')?.1.split_once('-')?;
    number.parse::<u64>().ok()?;
    pid.parse().ok()
}

fn is_alive(pid: i32) -> bool {
    nix::sys::signal::kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    #[test]
    fn a_file_is_replaced_with_mode_and_nothing_is_left_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cache");
        write(&path, b"one", 0o600, None).unwrap();
        write(&path, b"two", 0o644, None).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o644);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn readers_of_the_old_file_keep_it_whole() {
        use std::io::Read;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cache");
        write(&path, b"old content", 0o600, None).unwrap();
        let mut open = File::open(&path).unwrap();
        write(&path, b"new", 0o600, None).unwrap();
        let mut seen = String::new();
        open.read_to_string(&mut seen).unwrap();
        assert_eq!(seen, "old content");
    }

    #[test]
    fn a_link_is_replaced_and_its_target_untouched() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("shadow");
        fs::write(&target, b"secret").unwrap();
        let link = directory.path().join("cache");
        symlink(&target, &link).unwrap();
        write(&link, b"new", 0o600, None).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"secret");
        assert!(!fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_names_the_path() {
        let directory = tempfile::tempdir().unwrap();
        // A directory cannot be replaced by a file.
        fs::create_dir(directory.path().join("taken")).unwrap();
        let error = write(&directory.path().join("taken"), b"x", 0o600, None).unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(write(&directory.path().join("none/file"), b"x", 0o600, None).is_err());
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_only_that() {
        let directory = tempfile::tempdir().unwrap();
        // The largest process ID Linux gives is 4194304.
        let dead = temporary_name(OsStr::new("pgsql_node_1"), 4_194_305, 0);
        let alive = temporary_name(OsStr::new("pgsql_node_1"), std::process::id(), 7);
        for name in [
            dead.as_os_str(),
            alive.as_os_str(),
            OsStr::new("pgsql_node_1"),
            OsStr::new(".placeholder"),
        ] {
            fs::write(directory.path().join(name), b"").unwrap();
        }
        let handle = Directory::open_trusted(directory.path()).unwrap();
        assert_eq!(remove_abandoned(&handle).unwrap(), 1);
        assert!(!directory.path().join(dead).exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_is_not_published_is_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let handle = Directory::open_trusted(directory.path()).unwrap();
        let prepared = prepare_in(&handle, OsStr::new("cache"), b"x", 0o600, None).unwrap();
        assert!(!directory.path().join("cache").exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        drop(prepared);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_name_of_the_greatest_length_can_be_written() {
        let directory = tempfile::tempdir().unwrap();
        write(&directory.path().join("n".repeat(255)), b"x", 0o600, None).unwrap();
    }
}
