//! The mark in a directory of backups. The catalogue knows it too: where the mark is missing, or another one lies, the file
//! system of the backups is not mounted, or another one is. Nothing is concluded then from what is missing there, and
//! nothing is made there again.

use std::ffi::OsStr;
use std::io::{self, Read};

use uuid::Uuid;

use crate::sys::atomic_file;
use crate::sys::directory::Directory;
use crate::sys::privilege::Owner;

/// The mark's file, in the directory of a node.
pub const FILE_NAME: &str = ".pgbackman-directory";
/// Mode of the file (trap 31).
const PRIVATE_FILE: u32 = 0o600;
/// What comes after the mark.
const EXPLANATION: &str =
    "PgBackMan knows by this file that the file system of its backups is mounted here.\n";
/// A longer file is none of ours.
const LONGEST: u64 = 1024;

/// The mark of a directory; `None` where it has none.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn read(directory: &Directory) -> io::Result<Option<Uuid>> {
    let Some(file) = directory.open_file(OsStr::new(FILE_NAME))? else {
        return Ok(None);
    };
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    let mark = text.lines().next().and_then(|line| line.parse().ok());
    mark.map(Some).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{} is damaged", directory.path().join(FILE_NAME).display()),
        )
    })
}

/// The mark of a directory, which gets one if it has none. `owner` as for every file a root process writes for the jobs'
/// user. Control and maintenance may do this at the same time: all get the same mark.
///
/// # Errors
/// When it cannot be read or written.
pub fn ensure(directory: &Directory, owner: Option<Owner>) -> io::Result<Uuid> {
    if let Some(mark) = read(directory)? {
        return Ok(mark);
    }
    let mark = Uuid::new_v4();
    let prepared = atomic_file::prepare_in(
        directory,
        OsStr::new(FILE_NAME),
        format!("{mark}\n{EXPLANATION}").as_bytes(),
        PRIVATE_FILE,
        owner,
    )?;
    if prepared.publish_if_new()? {
        return Ok(mark);
    }
    let of_another = read(directory)?;
    of_another.ok_or_else(|| {
        io::Error::other("the marker file of the directory was removed in the meantime")
    })
}

/// What a directory is, by its marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The one it was.
    Same,
    /// The catalogue knows no mark of it yet.
    Unknown,
    /// Another one, or one that is empty: a mount point without its file system, for instance.
    Another,
}

/// Compares the mark that the catalogue knows with the one that was found.
pub fn standing(known: Option<Uuid>, found: Option<Uuid>) -> Standing {
    match known {
        None => Standing::Unknown,
        Some(_) if known == found => Standing::Same,
        Some(_) => Standing::Another,
    }
}

/// Whether a directory without a known mark may be given one: it has nothing to lose, or more than half of the backups that
/// were looked for are there.
pub const fn may_be_marked(expected: usize, present: usize) -> bool {
    expected == 0 || 2 * present > expected
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_directory_is_marked_once() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open_trusted(place.path()).unwrap();
        assert_eq!(read(&directory).unwrap(), None);
        let mark = ensure(&directory, None).unwrap();
        assert_eq!(read(&directory).unwrap(), Some(mark));
        assert_eq!(ensure(&directory, None).unwrap(), mark);
        fs::write(place.path().join(FILE_NAME), "x").unwrap();
        assert!(read(&directory).is_err() && ensure(&directory, None).is_err());
    }

    #[test]
    fn everybody_who_marks_a_directory_at_the_same_time_gets_one_mark() {
        for _ in 0..20 {
            let place = tempfile::tempdir().unwrap();
            let start = std::sync::Barrier::new(8);
            let marks: Vec<Uuid> = std::thread::scope(|scope| {
                let mark = || {
                    let directory = Directory::open_trusted(place.path()).unwrap();
                    start.wait();
                    ensure(&directory, None).unwrap()
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(mark)).collect();
                threads
                    .into_iter()
                    .map(|thread| thread.join().unwrap())
                    .collect()
            });
            let directory = Directory::open_trusted(place.path()).unwrap();
            let mark = read(&directory).unwrap().unwrap();
            assert_eq!(marks, [mark; 8]);
            assert_eq!(directory.names().unwrap(), [FILE_NAME]);
        }
    }

    #[test]
    fn a_missing_mark_and_another_one_are_another_directory() {
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        assert_eq!(standing(Some(one), Some(one)), Standing::Same);
        assert_eq!(standing(Some(one), Some(other)), Standing::Another);
        assert_eq!(standing(Some(one), None), Standing::Another);
        assert_eq!(standing(None, Some(other)), Standing::Unknown);
        assert_eq!(standing(None, None), Standing::Unknown);
    }

    #[test]
    fn more_than_half_of_the_backups_make_a_directory_the_right_one() {
        assert!(may_be_marked(0, 0) && may_be_marked(3, 2) && may_be_marked(1, 1));
        assert!(!may_be_marked(1, 0) && !may_be_marked(2, 1) && !may_be_marked(100, 50));
    }
}
