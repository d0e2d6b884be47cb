//! The directories of a batch, each opened once, from its backup root, following no symbolic link.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use pgbackman_core::handoff::directory_mark;
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::entries::{Entry, EntryKind};
use thiserror::Error;

use crate::files::places::{Area, Spot};

/// An open directory, or none where it does not exist and need not.
type Opened = Option<Arc<Directory>>;

/// What has been opened so far.
#[derive(Debug, Default)]
pub struct OpenAreas(HashMap<PathBuf, Opened>, HashMap<PathBuf, bool>);

/// What lies at a spot.
#[derive(Debug)]
pub enum Found {
    /// Nothing, for certain.
    Nothing,
    /// An entry of this directory.
    Entry(Arc<Directory>, Entry),
}

/// Why nothing is known of what is in a directory.
#[derive(Debug, Error)]
pub enum NotOpen {
    /// It may not be the directory that it was.
    #[error("{0}")]
    Doubtful(String),
    /// It is missing although its node has it: a file system that is not mounted looks like that.
    #[error(
        "the directory {} does not exist: is its file system mounted? If it is really lost with its contents, create \
         an empty directory, and accept it when show_pgsql_node_questions lists it",
        .0.display()
    )]
    Missing(PathBuf),
    /// It cannot be opened, or looked at.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl OpenAreas {
    /// Opens a directory. `None`: it is gone, and so is its node.
    ///
    /// # Errors
    /// Also where it is missing although its node has it: a file system that is not mounted looks like that, and what lies
    /// in it is not gone.
    pub fn open(&mut self, area: &Area) -> Result<Opened, NotOpen> {
        let path = area.path();
        if let Some(doubt) = &area.doubt {
            return Err(NotOpen::Doubtful(doubt.clone()));
        }
        if let Some(opened) = self.0.get(&path) {
            return Ok(opened.clone());
        }
        let opened = match open(area) {
            Ok(directory) => Some(Arc::new(directory)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !area.expected => None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(NotOpen::Missing(path));
            }
            Err(error) => return Err(error.into()),
        };
        self.0.insert(path, opened.clone());
        Ok(opened)
    }

    /// Whether this directory of a node is missing for certain: the one that it is in is there, belongs to a node of the
    /// catalogue, is not doubted and has its mark.
    pub fn is_gone(&mut self, area: &Area) -> bool {
        if area.doubt.is_some() || !area.expected {
            return false;
        }
        let path = area.path();
        *self
            .1
            .entry(path)
            .or_insert_with(|| is_missing_below_a_mark(area).unwrap_or(false))
    }

    /// Looks at a spot.
    ///
    /// # Errors
    /// Where that is not possible; nothing is known then.
    pub fn look(&mut self, spot: &Spot) -> Result<Found, NotOpen> {
        let Some(directory) = self.open(&spot.area)? else {
            return Ok(Found::Nothing);
        };
        Ok(match directory.entry(&spot.name)? {
            Some(entry) => Found::Entry(directory, entry),
            None => Found::Nothing,
        })
    }
}

/// Opens a directory by its way from the backup root.
pub fn open(area: &Area) -> io::Result<Directory> {
    Directory::open_trusted(&area.root)?.open_below(&area.relative)
}

fn is_missing_below_a_mark(area: &Area) -> io::Result<bool> {
    let (Some(of_node), Some(name)) = (area.relative.parent(), area.relative.file_name()) else {
        return Ok(false);
    };
    let of_node = Directory::open_trusted(&area.root)?.open_below(of_node)?;
    Ok(directory_mark::read(&of_node)?.is_some()
        && of_node
            .entry(name)?
            .is_none_or(|entry| entry.kind == EntryKind::File))
}

/// Whether a name is one that `pg_dump` gives files of its directory format.
pub fn is_of_pg_dump(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    if matches!(name, "toc.dat" | "blobs.toc") {
        return true;
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // From PostgreSQL 17 each group of large objects has a table of contents of its own.
    if let Some(number) = name
        .strip_prefix("blobs_")
        .and_then(|rest| rest.strip_suffix(".toc"))
    {
        return is_number(number);
    }
    let stem = [".gz", ".lz4", ".zst"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name);
    stem.strip_suffix(".dat")
        .is_some_and(|number| is_number(number.strip_prefix("blob_").unwrap_or(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_pg_dumps_directory_format_are_known() {
        for name in [
            "toc.dat",
            "3012.dat",
            "3012.dat.gz",
            "3012.dat.lz4",
            "3012.dat.zst",
            "blob_16412.dat.gz",
            "blobs.toc",
            "blobs_7.toc",
        ] {
            assert!(is_of_pg_dump(OsStr::new(name)), "{name}");
        }
        for name in [
            "",
            "toc.dat.bak",
            ".dat",
            "x.dat",
            "notes.txt",
            "3012.dat.gz.gz.old",
            "blob_.dat",
            "blobs_x.toc",
            "toc",
        ] {
            assert!(!is_of_pg_dump(OsStr::new(name)), "{name}");
        }
    }
}
