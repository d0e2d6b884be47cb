//! Importing a file of 1.x: its results are registered, then the file goes.

use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, Read as _};

use thiserror::Error;
use tokio_postgres::GenericClient;

use super::{BadLine, Kind, LegacyResult, LocalTime, MAX_BYTES, Unreadable, is_legacy_name, parse};
use crate::catalogue::backups::Registration;
use crate::catalogue::backups::legacy_results;
use crate::catalogue::error::CatalogError;
use crate::catalogue::restores::restore_results::RestoreRegistration;
use crate::domain::backup::BackupResult;
use crate::sys::directory::Directory;

/// What became of a file's results.
#[derive(Debug, Default)]
pub struct Imported {
    /// How many are in the catalogue since now.
    pub registered: usize,
    /// How many the catalogue had before.
    pub known: usize,
    /// How many have lost their definition: backups wait in `orphaned_result`, a restore's log waits for maintenance.
    pub orphaned: usize,
    /// What could not be read, or the catalogue refuses. The file stays then.
    pub bad: Vec<NotRegistered>,
}

/// A line that is not in the catalogue.
#[derive(Debug, Error)]
#[error("line {line}: {why}")]
pub struct NotRegistered {
    /// The line, counted from 1.
    pub line: usize,
    /// Why it is not.
    pub why: LineFault,
}

/// Why a line is not in the catalogue.
#[derive(Debug, Error)]
pub enum LineFault {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(Unreadable),
    /// It is not to be believed.
    #[error(transparent)]
    Doubtful(Reason),
    /// The catalogue refuses it.
    #[error(transparent)]
    Refused(CatalogError),
}

impl From<BadLine> for NotRegistered {
    fn from(bad: BadLine) -> Self {
        Self {
            line: bad.line,
            why: LineFault::Unreadable(bad.reason),
        }
    }
}

impl Imported {
    /// One sentence for the operator; `None` where there was nothing to import.
    pub fn describe(&self) -> Option<String> {
        (self.registered + self.known + self.orphaned > 0).then(|| {
            format!(
                "imported the results that 1.x left on this server: {} registered, {} already known, {} without a \
                 definition",
                self.registered, self.known, self.orphaned
            )
        })
    }

    /// Adds what another file gave.
    pub fn add(&mut self, other: Self) {
        self.registered += other.registered;
        self.known += other.known;
        self.orphaned += other.orphaned;
        self.bad.extend(other.bad);
    }
}

/// What a backup's result is held against before it is registered.
pub trait Judge {
    /// Whether its files are where it says.
    ///
    /// # Errors
    /// What is wrong with them.
    fn judge(&self, backup: &BackupResult) -> impl Future<Output = Result<(), Doubt>>;
}

/// What a judge has against a result: an error of its own.
pub type Reason = Box<dyn Error + Send + Sync>;

/// Why a backup's result is not registered.
#[derive(Debug)]
pub enum Doubt {
    /// It never will be.
    Refused(Reason),
    /// Its files cannot be checked now.
    Later(Reason),
}

/// Believes every result: what it says is checked by the maintenance of the server, as every kept backup is.
#[derive(Debug, Clone, Copy)]
pub struct Unseen;

impl Judge for Unseen {
    async fn judge(&self, _: &BackupResult) -> Result<(), Doubt> {
        Ok(())
    }
}

/// Why a file could not be imported as a whole. It stays.
#[derive(Debug, Error)]
pub enum ImportError {
    /// It cannot be read or removed, or it is none.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The files of one of its backups cannot be checked now.
    #[error(transparent)]
    NotYet(Reason),
    /// The catalogue is unavailable; trying again later helps.
    #[error(transparent)]
    Catalogue(CatalogError),
}

/// Imports one file of a directory `pending_updates`, and removes it if all of it is in the catalogue then. Doing it twice
/// registers nothing twice, also after a crash at any point.
///
/// # Errors
/// [`ImportError`]. A line that makes no sense is no error of the file: see [`Imported::bad`].
pub async fn import(
    client: &impl GenericClient,
    directory: &Directory,
    name: &OsStr,
    kind: Kind,
    local: LocalTime<'_>,
    judge: &impl Judge,
) -> Result<Imported, ImportError> {
    let Some(bytes) = read(directory, name)? else {
        // Somebody else was faster.
        return Ok(Imported::default());
    };
    let mut imported = Imported::default();
    for (index, result) in parse(&bytes, kind, local).into_iter().enumerate() {
        match result {
            Ok(result) => {
                let line = index + 1;
                match believe(judge, &result).await {
                    Ok(()) => register(client, &result, line, &mut imported).await?,
                    Err(Doubt::Refused(reason)) => imported.bad.push(NotRegistered {
                        line,
                        why: LineFault::Doubtful(reason),
                    }),
                    Err(Doubt::Later(reason)) => return Err(ImportError::NotYet(reason)),
                }
            }
            Err(bad) => imported.bad.push(bad.into()),
        }
    }
    // 1.x may have added a line meanwhile, where a process ID came again: then the file's next import takes that.
    if imported.bad.is_empty() && read(directory, name)?.as_ref() == Some(&bytes) {
        directory.remove_file(name)?;
    }
    Ok(imported)
}

/// Imports every file of 1.x in the directory. One that fails is named, and does not stop the others; a catalogue that is
/// away does.
///
/// # Errors
/// When the directory cannot be listed, or the catalogue is unavailable.
pub async fn import_all(
    client: &impl GenericClient,
    directory: &Directory,
    local: LocalTime<'_>,
) -> Result<(Imported, Vec<String>), ImportError> {
    let mut all = Imported::default();
    let mut kept = Vec::new();
    for name in directory.names()? {
        let Some(kind) = is_legacy_name(&name) else {
            continue;
        };
        let path = directory.path().join(&name);
        match import(client, directory, &name, kind, local, &Unseen).await {
            Ok(imported) => {
                for bad in &imported.bad {
                    kept.push(format!("{}, {bad}", path.display()));
                }
                all.add(imported);
            }
            Err(error @ (ImportError::File(_) | ImportError::NotYet(_))) => {
                kept.push(format!("{}: {error}", path.display()));
            }
            Err(error @ ImportError::Catalogue(_)) => return Err(error),
        }
    }
    Ok((all, kept))
}

/// The file's content; `None` where there is none (any more). A symbolic link, a directory, or a file that 1.x cannot
/// have written is an error.
fn read(directory: &Directory, name: &OsStr) -> io::Result<Option<Vec<u8>>> {
    let Some(file) = directory.open_file(name)? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!(
            "it is larger than {MAX_BYTES} bytes: PgBackMan 1.x did not write it"
        )));
    }
    Ok(Some(bytes))
}

async fn believe(judge: &impl Judge, result: &LegacyResult) -> Result<(), Doubt> {
    match result {
        LegacyResult::Backup(backup) => judge.judge(backup).await,
        LegacyResult::Restore(_) => Ok(()),
    }
}

async fn register(
    client: &impl GenericClient,
    result: &LegacyResult,
    number: usize,
    imported: &mut Imported,
) -> Result<(), ImportError> {
    let count =
        match result {
            LegacyResult::Backup(backup) => legacy_results::register_backup(client, backup)
                .await
                .map(|registration| match registration {
                    Registration::Registered(_) => &mut imported.registered,
                    Registration::AlreadyRegistered => &mut imported.known,
                    Registration::Orphaned => &mut imported.orphaned,
                }),
            LegacyResult::Restore(restore) => legacy_results::register_restore(client, restore)
                .await
                .map(|registration| match registration {
                    RestoreRegistration::Registered(_) => &mut imported.registered,
                    RestoreRegistration::Gone => &mut imported.orphaned,
                }),
        };
    match count {
        Ok(count) => *count += 1,
        Err(error) if error.is_unavailable() || error.is_of_server() => {
            return Err(ImportError::Catalogue(error));
        }
        Err(error) => imported.bad.push(NotRegistered {
            line: number,
            why: LineFault::Refused(error),
        }),
    }
    Ok(())
}
