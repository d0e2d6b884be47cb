//! The log file, shared by all programs of a backup server and moved away by logrotate.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix::libc::{O_NOFOLLOW, O_NONBLOCK};
use nix::unistd::{Gid, Uid, fchown};

/// A file that is appended to, whole lines at a time, so that several processes may write it.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    open: Mutex<File>,
}

impl LogFile {
    /// Opens the file, which is created with mode 0600 if it is not there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            open: Mutex::new(open(path)?),
        })
    }

    /// Appends a line.
    pub(super) fn append(&self, line: &str) -> io::Result<()> {
        let mut file = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if self.was_moved(&file) {
            *file = open(&self.path)?;
        }
        file.write_all(format!("{line}\n").as_bytes())
    }

    /// Whether the name stands for another file by now, or for none.
    fn was_moved(&self, file: &File) -> bool {
        let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let named = self.path.symlink_metadata().map(identity).ok();
        let opened = file.metadata().map(identity).ok();
        named != opened
    }
}

/// Opens the file without following a symlink: the directory may belong to the job user, who must not be able to make
/// root append to another file. A file that root creates there belongs to the directory's owner, since the jobs write it
/// too.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .append(true)
        .mode(0o600)
        .custom_flags(O_NOFOLLOW | O_NONBLOCK);
    let file = match options.clone().create_new(true).open(path) {
        Ok(file) => {
            give_to_owner_of_directory(&file, path)?;
            file
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path)?,
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.nlink() > 1 {
        return Err(io::Error::other("it is not a regular file with one name"));
    }
    Ok(file)
}

fn give_to_owner_of_directory(file: &File, path: &Path) -> io::Result<()> {
    let Some(directory) = path.parent() else {
        return Ok(());
    };
    let (own, directory) = (file.metadata()?, directory.metadata()?);
    let sticky = directory.mode() & 0o1000 != 0;
    if own.uid() == 0 && directory.uid() != 0 && !sticky {
        let (uid, gid) = (
            Uid::from_raw(directory.uid()),
            Gid::from_raw(directory.gid()),
        );
        fchown(file, Some(uid), Some(gid))?;
    }
    Ok(())
}
