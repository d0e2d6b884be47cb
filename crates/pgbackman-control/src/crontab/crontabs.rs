//! A node's crontab files in a directory that cron reads.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::steps::Observer;
use pgbackman_core::sys::atomic_file::prepare_in;
use pgbackman_core::sys::crontab::{
    CrontabFile, FileOrigin, Header, file_path, identify, render, same_jobs,
};
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::noticed::Change;
use pgbackman_core::sys::privilege;
use thiserror::Error;

use crate::steps::Step;

/// cron wants to read it, and ignores one that a group may write (trap 19).
const MODE: u32 = 0o644;

/// Why a crontab could not be brought up to date. What was there is as it was.
#[derive(Debug, Error)]
pub enum CrontabError {
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The file was made by somebody else.
    #[error("{path} was not created by PgBackMan, and was not changed: move it away, or change pgnode_crontab_file", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Another node has the same file.
    #[error("{path} is the crontab of node {other}: specify a separate file for each node (pgnode_crontab_file)", path = path.display())]
    OtherNode {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        other: NodeId,
    },
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files written.
    pub written: usize,
    /// Files removed.
    pub removed: usize,
}

/// Makes the files at `base` say what `lines` say. Files that say it already are left as they are; without jobs no file
/// is made where there is none.
pub fn write(
    base: &Path,
    header: &Header<'_>,
    lines: &[String],
    observer: &dyn Observer<Step>,
) -> Result<Changes, CrontabError> {
    let place = CrontabDirectory::open(base)?;
    let mut files = render(base, header, lines);
    let existing: Vec<Option<Existing>> = files
        .iter()
        .map(|file| place.existing(&file.path, header.node_id))
        .collect::<Result<_, _>>()?;
    let mut changes = Changes::default();
    let jobs_before: usize = existing.iter().flatten().map(|file| file.lines).sum();
    let jobs_now: usize = files.iter().map(|file| file.content.lines().count()).sum();
    let mut pairs: Vec<(&mut CrontabFile, Option<Existing>)> =
        files.iter_mut().zip(existing).collect();
    // Jobs move from file to file. Where they become more, the last file comes first, else the first one: a job may then
    // are in two files for an instant (its second start sees the first one's lock), but never in none.
    if jobs_now > jobs_before {
        pairs.reverse();
    }
    for (file, existing) in pairs {
        let up_to_date = existing
            .as_ref()
            .is_some_and(|existing| existing.says(&file.content));
        if up_to_date || (existing.is_none() && lines.is_empty()) {
            continue;
        }
        let change = Change::begin(&place.directory)?;
        let name = file.path.file_name().unwrap_or_default();
        let owner = privilege::current_owner();
        let prepared = prepare_in(
            &place.directory,
            name,
            file.content.as_bytes(),
            MODE,
            Some(owner),
        )?;
        prepared.set_modified(change.time())?;
        observer.reached(Step::CrontabPrepared);
        prepared.publish()?;
        change.end();
        observer.reached(Step::CrontabWritten);
        changes.written += 1;
    }
    changes.removed = place.remove_from(files.len() + 1, header.node_id, observer)?;
    Ok(changes)
}

/// Removes all files of a node's crontab at `base`. A file that is somebody else's stays.
pub fn remove(
    base: &Path,
    node: NodeId,
    observer: &dyn Observer<Step>,
) -> Result<usize, CrontabError> {
    match CrontabDirectory::open(base) {
        Ok(directory) => directory.remove_from(1, node, observer),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// A crontab's directory, and its path in it.
struct CrontabDirectory<'a> {
    directory: Directory,
    base: &'a Path,
}

/// A file that is there and is this node's.
struct Existing {
    content: String,
    /// Whether cron would read it: owner, mode and number of links (trap 19).
    readable_for_cron: bool,
    lines: usize,
}

impl Existing {
    fn says(&self, content: &str) -> bool {
        self.readable_for_cron && same_jobs(&self.content, content)
    }
}

impl<'a> CrontabDirectory<'a> {
    fn open(base: &'a Path) -> io::Result<Self> {
        let parent = base.parent().unwrap_or_else(|| Path::new("/"));
        Ok(Self {
            directory: Directory::open_trusted(parent)?,
            base,
        })
    }

    /// The file if it is this node's or an installed 1.x's; an error if it is somebody else's.
    fn existing(&self, path: &Path, node: NodeId) -> Result<Option<Existing>, CrontabError> {
        let Some(file) = self.read(path)? else {
            return Ok(None);
        };
        match identify(&file.content) {
            FileOrigin::Legacy => Ok(Some(file)),
            FileOrigin::Node(id) if id == node => Ok(Some(file)),
            FileOrigin::Node(other) => Err(CrontabError::OtherNode {
                path: path.to_owned(),
                other,
            }),
            FileOrigin::Foreign => Err(CrontabError::Foreign {
                path: path.to_owned(),
            }),
        }
    }

    fn read(&self, path: &Path) -> io::Result<Option<Existing>> {
        let Some(mut file) = self
            .directory
            .open_file(path.file_name().unwrap_or_default())?
        else {
            return Ok(None);
        };
        let metadata = file.metadata()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let content = String::from_utf8_lossy(&bytes).into_owned();
        let lines = content.lines().count();
        let readable_for_cron = metadata.mode() & 0o7777 == MODE
            && metadata.uid() == privilege::current_owner().uid
            && metadata.nlink() == 1;
        Ok(Some(Existing {
            content,
            readable_for_cron,
            lines,
        }))
    }

    /// Removes the node's files with this number and above.
    fn remove_from(
        &self,
        first: usize,
        node: NodeId,
        observer: &dyn Observer<Step>,
    ) -> Result<usize, CrontabError> {
        let mut removed = 0;
        for name in self.numbered_from(first)? {
            let Some(file) = self.read(Path::new(&name))? else {
                continue;
            };
            let ours = match identify(&file.content) {
                FileOrigin::Node(id) => id == node,
                // 1.x made one file per node, without a number.
                FileOrigin::Legacy => Some(name.as_os_str()) == self.base.file_name(),
                FileOrigin::Foreign => false,
            };
            if !ours {
                continue;
            }
            let change = Change::begin(&self.directory)?;
            if self.directory.remove_file(&name)? {
                change.end();
                observer.reached(Step::SurplusFileRemoved);
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The names of `base` (1), `base_2`, … that exist, from `first` on.
    fn numbered_from(&self, first: usize) -> io::Result<Vec<OsString>> {
        let is_wanted = |name: &OsString| {
            if first <= 1 && Some(name.as_os_str()) == self.base.file_name() {
                return true;
            }
            let number = name
                .to_str()
                .and_then(|name| name.rsplit_once('_')?.1.parse::<usize>().ok());
            number.is_some_and(|number| {
                number >= first.max(2)
                    && file_path(self.base, number).file_name() == Some(name.as_os_str())
            })
        };
        Ok(self
            .directory
            .names()?
            .into_iter()
            .filter(is_wanted)
            .collect())
    }
}

#[cfg(test)]
#[path = "crontabs_tests.rs"]
mod tests;
