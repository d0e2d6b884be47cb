//! Taking, keeping and giving up the lock of a run.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;
use uuid::Uuid;

use super::record::{Record, RunRecord};
use super::restore::RestoreRecord;
use crate::domain::backup::BackupOrigin;
use crate::domain::ids::{RequestId, RestoreDefId, SnapshotId};
use crate::sys::directory::PRIVATE_DIRECTORY;
use crate::sys::lock::{FileLock, LockError};

/// A record larger than this is damaged: a run appends some thirty lines.
const LARGEST_RECORD: u64 = 64 * 1024 * 1024;

/// Why a run's record could not be used.
#[derive(Debug, Error)]
pub enum RunError {
    /// The lock could not be asked for.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The record could not be read or written.
    #[error("could not {action} the run record {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Which record.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The record was written by another version, or is damaged. It is left as it is.
    #[error("could not read the run record {path} ({reason}); inspect it, then move it away", path = path.display())]
    Damaged {
        /// Which record.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// What asking for a run's lock found.
#[derive(Debug)]
pub enum Claim<R = RunRecord> {
    /// A run of it is going on; its record, if it could be read.
    Busy(Option<Box<R>>),
    /// Nobody has it, and no run died.
    Free(RunLock),
    /// Nobody has it, and this run died.
    Dead(Box<DeadRun<R>>),
}

/// The lock of a run that has not begun.
#[derive(Debug)]
pub struct RunLock(FileLock);

/// A run that died, under our lock.
#[derive(Debug)]
pub struct DeadRun<R = RunRecord> {
    lock: RunLock,
    /// What it said last.
    pub record: R,
}

/// A run of ours: the lock and the record.
#[derive(Debug)]
pub struct ActiveRun<R = RunRecord> {
    lock: RunLock,
    record: R,
}

/// Asks for the lock of a definition's or snapshot's runs; makes the `run` directory (0700) where it is missing.
pub fn claim(root: &Path, origin: BackupOrigin) -> Result<Claim, RunError> {
    claim_path(root, &super::path(root, origin))
}

/// Asks for the lock of a restore; makes the `run` directory (0700) where it is missing.
pub fn claim_restore(root: &Path, restore: RestoreDefId) -> Result<Claim<RestoreRecord>, RunError> {
    claim_path(root, &super::restore_path(root, restore))
}

fn claim_path<R: Record>(root: &Path, path: &Path) -> Result<Claim<R>, RunError> {
    make_directory(&super::directory(root))?;
    match FileLock::try_acquire(path)? {
        None => Ok(Claim::Busy(read_record(path).ok().flatten().map(Box::new))),
        Some(lock) => match last_record(&lock)? {
            None => Ok(Claim::Free(RunLock(lock))),
            Some(record) => Ok(Claim::Dead(Box::new(DeadRun {
                lock: RunLock(lock),
                record,
            }))),
        },
    }
}

/// Claims a snapshot, which is taken once however often its job is started: a file made exclusively, which stays.
/// `false`: it was claimed before.
pub fn take_once(root: &Path, snapshot: SnapshotId, run: Uuid) -> Result<bool, RunError> {
    take_file(root, &format!("snapid{snapshot}.taken"), run)
}

/// Claims a restore, which runs once likewise.
pub fn take_restore_once(root: &Path, restore: RestoreDefId, run: Uuid) -> Result<bool, RunError> {
    take_file(root, &format!("restoredef{restore}.taken"), run)
}

/// Claims a requested run, which is made once likewise.
pub fn take_requested_once(root: &Path, request: RequestId, run: Uuid) -> Result<bool, RunError> {
    take_file(
        root,
        &format!("{}{request}.taken", super::REQUEST_PREFIX),
        run,
    )
}

fn take_file(root: &Path, name: &str, run: Uuid) -> Result<bool, RunError> {
    let directory = super::directory(root);
    make_directory(&directory)?;
    let path = directory.join(name);
    let failed = |source| RunError::Io {
        action: "write the claim beside",
        path: path.clone(),
        source,
    };
    let mut file = match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
    {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    writeln!(file, "{run}")
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    sync_parent(&path)?;
    Ok(true)
}

/// The records in a server's `run` directory, in order of name; each may belong to a live run.
pub fn list(root: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(super::directory(root)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "run") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The dead run of this record. `None`: the run is alive, or is over and left nothing.
pub fn claim_dead<R: Record>(path: &Path) -> Result<Option<DeadRun<R>>, RunError> {
    let Some(lock) = FileLock::try_acquire_existing(path)? else {
        return Ok(None);
    };
    match last_record(&lock)? {
        Some(record) => Ok(Some(DeadRun {
            lock: RunLock(lock),
            record,
        })),
        // It died before it said anything, so it did nothing.
        None => lock.remove().map(|()| None).map_err(RunError::Lock),
    }
}

impl RunLock {
    /// Begins a run: the record is written and flushed, and from now on whatever this process starts holds the lock. What a
    /// dead run said stands before it until then.
    pub fn begin<R: Record>(self, record: R) -> Result<ActiveRun<R>, RunError> {
        self.0.inherit_to_children()?;
        let run = ActiveRun { lock: self, record };
        run.append()?;
        run.flush()?;
        sync_parent(run.lock.0.path())?;
        Ok(run)
    }

    /// Gives the lock up and removes the record.
    pub fn release(self) -> Result<(), RunError> {
        self.0.remove().map_err(RunError::Lock)
    }
}

impl<R> DeadRun<R> {
    /// The lock, for whoever continues: the record stays until a new run's line follows it, or it is removed.
    pub(super) fn into_lock(self) -> RunLock {
        self.lock
    }
}

impl<R: Record> ActiveRun<R> {
    /// What the record says.
    pub const fn record(&self) -> &R {
        &self.record
    }

    /// Changes the record and flushes it: after this, recovery goes by the new state.
    pub fn commit(&mut self, change: impl FnOnce(&mut R)) -> Result<(), RunError> {
        change(&mut self.record);
        self.append()?;
        self.flush()
    }

    /// Notes something that recovery does not depend on: survives a kill, maybe not a power cut.
    pub fn note(&mut self, change: impl FnOnce(&mut R)) -> Result<(), RunError> {
        change(&mut self.record);
        self.append()
    }

    /// Ends the run: its result is registered or pending, nothing is left to recover.
    pub fn finish(self) -> Result<(), RunError> {
        self.lock.release()
    }

    fn append(&self) -> Result<(), RunError> {
        let mut line = serde_json::to_vec(&self.record)
            .map_err(|error| self.failed("write", io::Error::other(error)))?;
        line.push(b'\n');
        // A short write (full disk) leaves a torn line; the newline first keeps the next line whole.
        line.insert(0, b'\n');
        self.lock
            .0
            .file()
            .write_all(&line)
            .map_err(|error| self.failed("write", error))
    }

    fn flush(&self) -> Result<(), RunError> {
        self.lock
            .0
            .file()
            .sync_data()
            .map_err(|error| self.failed("flush", error))
    }

    fn failed(&self, action: &'static str, source: io::Error) -> RunError {
        RunError::Io {
            action,
            path: self.lock.0.path().to_owned(),
            source,
        }
    }
}

fn make_directory(path: &Path) -> Result<(), RunError> {
    match std::fs::DirBuilder::new()
        .mode(PRIVATE_DIRECTORY)
        .create(path)
    {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(RunError::Io {
            action: "create the directory of",
            path: path.to_owned(),
            source,
        }),
    }
}

fn sync_parent(path: &Path) -> Result<(), RunError> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| RunError::Io {
            action: "flush the directory of",
            path: path.to_owned(),
            source,
        })
}

fn last_record<R: Record>(lock: &FileLock) -> Result<Option<R>, RunError> {
    let mut file = lock.file();
    let failed = |source| RunError::Io {
        action: "read",
        path: lock.path().to_owned(),
        source,
    };
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    parse(file, lock.path())
}

pub(super) fn read_record<R: Record>(path: &Path) -> Result<Option<R>, RunError> {
    let file = File::open(path).map_err(|source| RunError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    parse(&file, path)
}

/// The last whole line that is a record. No whole line at all: the run died before it began.
fn parse<R: Record>(file: &File, path: &Path) -> Result<Option<R>, RunError> {
    let mut bytes = Vec::new();
    file.take(LARGEST_RECORD)
        .read_to_end(&mut bytes)
        .map_err(|source| RunError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
    let end = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |position| position + 1);
    let mut first_error = None;
    for line in bytes[..end]
        .rsplit(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        match serde_json::from_slice::<R>(line) {
            Ok(found) if found.version() == R::VERSION => return Ok(Some(found)),
            Ok(found) => {
                first_error.get_or_insert(format!("version {}", found.version()));
            }
            Err(error) => {
                first_error.get_or_insert(error.to_string());
            }
        }
    }
    match first_error {
        Some(reason) => Err(RunError::Damaged {
            path: path.to_owned(),
            reason,
        }),
        None => Ok(None),
    }
}
