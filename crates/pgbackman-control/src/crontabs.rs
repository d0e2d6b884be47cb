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
    #[error("{path} was not made by PgBackMan and is left alone: move it away, or change pgnode_crontab_file", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Another node has the same file.
    #[error("{path} is the crontab of node {other}: give each node a file of its own (pgnode_crontab_file)", path = path.display())]
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
    // stand in two files for an instant (its second start sees the first one's lock), but never in none.
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
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use chrono::{DateTime, Utc};
    use pgbackman_core::sys::crontab::JOBS_PER_FILE;

    use super::*;
    use pgbackman_core::steps::NoObserver;

    fn header(node: i64) -> Header<'static> {
        Header {
            node_id: NodeId::new(node),
            node: "node.example.org:5432",
            server: "backup.example.org",
            mailto: "ops@example.org",
            generated: DateTime::<Utc>::UNIX_EPOCH,
        }
    }

    fn jobs(count: usize) -> Vec<String> {
        (1..=count)
            .map(|number| format!("0 4 * * * pgbackman /usr/bin/true {number}\n"))
            .collect()
    }

    fn written(base: &Path, node: i64, count: usize) -> Result<Changes, CrontabError> {
        write(base, &header(node), &jobs(count), &NoObserver)
    }

    fn names(directory: &tempfile::TempDir) -> Vec<String> {
        let entries = fs::read_dir(directory.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn trap_18b_a_crontab_that_is_written_twice_in_a_second_has_two_times() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("pgsql_node_1");
        let mut seen = std::collections::BTreeSet::new();
        // More of them than seconds pass.
        for jobs in 1..=8 {
            written(&base, 1, jobs).unwrap();
            let times = (
                fs::metadata(&base).unwrap().mtime(),
                fs::metadata(directory.path()).unwrap().mtime(),
            );
            assert!(
                seen.iter()
                    .all(|(file, place): &(i64, i64)| { *file != times.0 && *place != times.1 })
            );
            seen.insert(times);
        }
        remove(&base, NodeId::new(1), &NoObserver).unwrap();
        let now = fs::metadata(directory.path()).unwrap().mtime();
        assert!(seen.iter().all(|(_, place)| *place != now));
        written(&base, 1, 1).unwrap();
        let again = fs::metadata(&base).unwrap().mtime();
        assert!(seen.iter().all(|(file, _)| *file != again));
    }

    #[test]
    fn an_unchanged_file_is_not_rewritten() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("pgsql_node_1");
        assert_eq!(
            written(&base, 1, 3).unwrap(),
            Changes {
                written: 1,
                removed: 0
            }
        );
        let later = Header {
            generated: Utc::now(),
            ..header(1)
        };
        assert_eq!(
            write(&base, &later, &jobs(3), &NoObserver).unwrap(),
            Changes::default()
        );
        assert_eq!(written(&base, 1, 4).unwrap().written, 1);
    }

    #[test]
    fn trap_19_a_file_that_cron_would_ignore_is_written_anew() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("pgsql_node_1");
        written(&base, 1, 1).unwrap();
        assert_eq!(fs::metadata(&base).unwrap().mode() & 0o7777, 0o644);
        fs::set_permissions(&base, fs::Permissions::from_mode(0o664)).unwrap();
        assert_eq!(written(&base, 1, 1).unwrap().written, 1);
        fs::hard_link(&base, directory.path().join("other")).unwrap();
        assert_eq!(written(&base, 1, 1).unwrap().written, 1);
        assert_eq!(fs::metadata(&base).unwrap().nlink(), 1);
        // cron also ignores a last line without a newline, and CRLF puts a \r into the last argument.
        let text = fs::read_to_string(&base).unwrap();
        fs::write(&base, text.trim_end()).unwrap();
        assert_eq!(written(&base, 1, 1).unwrap().written, 1);
        assert_eq!(fs::read_to_string(&base).unwrap(), text);
    }

    #[test]
    fn trap_18a_files_come_and_go_with_the_jobs() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("pgsql_node_1");
        assert_eq!(written(&base, 1, 2 * JOBS_PER_FILE + 1).unwrap().written, 3);
        assert_eq!(
            names(&directory),
            ["pgsql_node_1", "pgsql_node_1_2", "pgsql_node_1_3"]
        );
        assert_eq!(
            written(&base, 1, 10).unwrap(),
            Changes {
                written: 1,
                removed: 2
            }
        );
        assert_eq!(names(&directory), ["pgsql_node_1"]);
        assert_eq!(
            written(&base, 1, 0).unwrap().written,
            1,
            "a stopped node's file stays, without jobs"
        );
        assert_eq!(
            fs::read_to_string(&base)
                .unwrap()
                .matches("/usr/bin/true")
                .count(),
            0
        );
    }

    #[test]
    fn without_jobs_no_file_is_made() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(
            written(&directory.path().join("pgsql_node_1"), 1, 0).unwrap(),
            Changes::default()
        );
        assert!(names(&directory).is_empty());
    }

    #[test]
    fn somebody_elses_files_are_neither_overwritten_nor_removed() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("pgsql_node_1");
        fs::write(&base, "0 1 * * * root /usr/local/bin/backup\n").unwrap();
        assert!(matches!(
            written(&base, 1, 1),
            Err(CrontabError::Foreign { .. })
        ));
        assert_eq!(remove(&base, NodeId::new(1), &NoObserver).unwrap(), 0);
        assert_eq!(
            fs::read_to_string(&base).unwrap(),
            "0 1 * * * root /usr/local/bin/backup\n"
        );
        fs::remove_file(&base).unwrap();
        written(&base, 2, 1).unwrap();
        let error = written(&base, 1, 1).unwrap_err();
        assert!(matches!(error, CrontabError::OtherNode { other, .. } if other == NodeId::new(2)));
        assert_eq!(remove(&base, NodeId::new(1), &NoObserver).unwrap(), 0);
    }

    #[test]
    fn trap_25_all_files_of_a_node_go_and_only_those() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("nightly");
        written(&base, 7, JOBS_PER_FILE + 1).unwrap();
        written(&directory.path().join("nightly_9"), 8, 1).unwrap();
        fs::write(directory.path().join("nightly_x"), "").unwrap();
        assert_eq!(remove(&base, NodeId::new(7), &NoObserver).unwrap(), 2);
        assert_eq!(names(&directory), ["nightly_9", "nightly_x"]);
        assert_eq!(
            remove(&base, NodeId::new(7), &NoObserver).unwrap(),
            0,
            "twice is once"
        );
        assert_eq!(
            remove(
                Path::new("/no/such/directory/x"),
                NodeId::new(7),
                &NoObserver
            )
            .unwrap(),
            0
        );
    }
}
