//! Results that wait in `pending_updates`, of this version and of 1.x: each registered once, then its file goes. What nobody
//! can read, or whose backup is not there, is reported, moved to `refused` below it under its name, and stops nothing else (traps 29, 29a).

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use pgbackman_core::catalog::CatalogError;
use pgbackman_core::catalog::backups::{self, Registration};
use pgbackman_core::catalog::restores::restore_results::{self, RestoreRegistration};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::handoff::legacy_pending::{self, ImportError};
use pgbackman_core::handoff::pending::{self, REFUSED};
use pgbackman_core::sys::atomic_file::remove_abandoned;
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::entries::{Entry, EntryKind};

use crate::journal::Journal;
use crate::pass::Pass;
use crate::pending_file::{self, Pending};
use crate::result_files::{self, Doubt};
use crate::steps::Step;

/// A larger file is no result.
const LARGEST: u64 = 16 * 1024 * 1024;
/// 1.x adds to its files; one is complete when nobody has written to it for so long.
const SETTLED: Duration = Duration::from_secs(60);

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    for root in pass.roots() {
        match open(&root) {
            Ok(Some(directory)) => import_all(pass, &directory, journal).await?,
            Ok(None) => {}
            Err(error) => journal.problem(&error.to_string()),
        }
    }
    Ok(())
}

fn open(root: &Path) -> std::io::Result<Option<Directory>> {
    let relative = pending::directory(Path::new(""));
    match Directory::open_trusted(root).and_then(|root| root.open_below(&relative)) {
        Ok(directory) => Ok(Some(directory)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn import_all(
    pass: &Pass,
    directory: &Directory,
    journal: &mut Journal,
) -> Result<(), TaskError> {
    if !pass.daemon.dry_run {
        remove_abandoned(directory).map_err(|error| TaskError::failed(&error))?;
    }
    let names = directory
        .names()
        .map_err(|error| TaskError::failed(&error))?;
    for name in names {
        // Files that are being written have a dot in front.
        if name == REFUSED || name.to_string_lossy().starts_with('.') {
            continue;
        }
        if pass.daemon.is_stopping() {
            break;
        }
        let path = directory.path().join(&name);
        match import(pass, directory, &name, journal).await {
            Ok(()) => {}
            Err(Problem::Away(reason)) => return Err(TaskError::Unavailable(reason)),
            Err(Problem::Poison(reason)) => {
                refuse(pass, directory, &name, &reason, journal);
            }
            Err(Problem::Later(reason)) => {
                journal.problem(&format!("{}: {reason}", path.display()));
            }
        }
    }
    Ok(())
}

/// Why a file was not imported.
enum Problem {
    /// The catalogue is away: all of them wait.
    Away(String),
    /// It never can be.
    Poison(String),
    /// It may be, in another pass.
    Later(String),
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        if error.is_unavailable() {
            Self::Away(error.to_string())
        } else if error.is_of_server() {
            Self::Later(error.to_string())
        } else {
            Self::Poison(error.to_string())
        }
    }
}

impl From<Doubt> for Problem {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Refused(reason) => Self::Poison(reason),
            Doubt::Later(reason) => Self::Later(reason),
        }
    }
}

async fn import(
    pass: &Pass,
    directory: &Directory,
    name: &OsStr,
    journal: &mut Journal,
) -> Result<(), Problem> {
    let entry = match directory.entry(name) {
        Ok(Some(entry)) => entry,
        // Somebody else was faster.
        Ok(None) => return Ok(()),
        Err(error) => return Err(Problem::Later(error.to_string())),
    };
    if entry.kind != EntryKind::File {
        return Err(Problem::Poison(format!("it is {}", entry.kind.describe())));
    }
    if let Some(kind) = legacy_pending::is_legacy_name(name) {
        return import_legacy(pass, directory, name, kind, entry, journal).await;
    }
    let Some(pending) = Pending::by_name(name) else {
        return Err(Problem::Poison(
            "no program gives such a name to a result".to_owned(),
        ));
    };
    let json = read(directory, name, entry)?;
    let (said, place) = match pending {
        Pending::Backup(run) => {
            let result = pending_file::backup(&json, run).map_err(Problem::Poison)?;
            result_files::look(pass, &result).await?;
            let place = pass.span_of(Some(result.node), Some(&result.dbname));
            (register_backup(pass, &result).await?, place)
        }
        Pending::Restore(run) => {
            let result = pending_file::restore(&json, run).map_err(Problem::Poison)?;
            let place = pass.span_of(Some(result.node), Some(&result.target_dbname));
            (register_restore(pass, &result).await?, place)
        }
    };
    let path = directory.path().join(name);
    if pass.daemon.dry_run {
        journal.noted(&format!("would import {}", path.display()));
        return Ok(());
    }
    pass.daemon.reached(Step::ResultRegistered);
    directory
        .remove_file(name)
        .map_err(|error| Problem::Later(error.to_string()))?;
    pass.daemon.reached(Step::PendingRemoved);
    let text = format!("imported {}: {said}", path.display());
    place.in_scope(|| journal.noted(&text));
    Ok(())
}

fn read(directory: &Directory, name: &OsStr, entry: Entry) -> Result<Vec<u8>, Problem> {
    if entry.size > LARGEST {
        return Err(Problem::Poison(format!(
            "it has {} bytes: no result is as large",
            entry.size
        )));
    }
    let mut json = Vec::new();
    let file = directory
        .open_file(name)
        .map_err(|error| Problem::Poison(error.to_string()))?;
    if let Some(file) = file {
        file.take(LARGEST)
            .read_to_end(&mut json)
            .map_err(|error| Problem::Later(error.to_string()))?;
    }
    Ok(json)
}

async fn register_backup(pass: &Pass, result: &BackupResult) -> Result<&'static str, Problem> {
    if pass.daemon.dry_run {
        return Ok("");
    }
    let registered = pass
        .ask(backups::register_result(&*pass.session, result))
        .await?;
    Ok(match registered {
        Registration::Registered(_) => "registered",
        Registration::AlreadyRegistered => "it was registered before",
        Registration::Orphaned => "its definition is gone, so its files go after the quarantine",
    })
}

async fn register_restore(pass: &Pass, result: &RestoreResult) -> Result<&'static str, Problem> {
    if pass.daemon.dry_run {
        return Ok("");
    }
    let registered = pass
        .ask(restore_results::register_result(&*pass.session, result))
        .await?;
    Ok(match registered {
        RestoreRegistration::Registered(_) => "registered",
        RestoreRegistration::Gone => {
            "its definition is gone, and there is nothing to register it under"
        }
    })
}

/// Results of 1.x: `core::handoff::legacy_pending` reads, registers and removes the file.
async fn import_legacy(
    pass: &Pass,
    directory: &Directory,
    name: &OsStr,
    kind: legacy_pending::Kind,
    entry: Entry,
    journal: &mut Journal,
) -> Result<(), Problem> {
    let age = SystemTime::from(pass.daemon.context.now()).duration_since(entry.modified);
    if age.unwrap_or_default() < SETTLED {
        return Ok(());
    }
    let path = directory.path().join(name);
    if pass.daemon.dry_run {
        journal.noted(&format!("would import {}", path.display()));
        return Ok(());
    }
    let local: legacy_pending::LocalTime<'_> = &legacy_pending::machine_time;
    let import = legacy_pending::import(&*pass.session, directory, name, kind, local, pass);
    let imported = import.await.map_err(|error| match error {
        ImportError::Catalogue(error) => Problem::Away(error.to_string()),
        ImportError::File(error) => Problem::Poison(error.to_string()),
        ImportError::NotYet(reason) => Problem::Later(reason),
    })?;
    pass.daemon.reached(Step::PendingRemoved);
    journal.noted(&format!(
        "imported {}: {} registered, {} registered before, {} whose definition is gone",
        path.display(),
        imported.registered,
        imported.known,
        imported.orphaned
    ));
    if imported.bad.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = imported.bad.iter().map(ToString::to_string).collect();
    Err(Problem::Poison(reasons.join("; ")))
}

/// Keeps a file that cannot be imported out of the way, under its name; one that has it already gets a number behind it.
fn refuse(pass: &Pass, directory: &Directory, name: &OsStr, reason: &str, journal: &mut Journal) {
    let path = directory.path().join(name);
    if pass.daemon.dry_run {
        journal.noted(&format!("would refuse {}: {reason}", path.display()));
        return;
    }
    match move_aside(directory, name) {
        Ok(kept) => {
            pass.daemon.reached(Step::PendingRefused);
            journal.problem(&format!(
                "{} cannot be imported and is kept as {}/{}: {reason}",
                path.display(),
                REFUSED,
                kept.display()
            ));
        }
        Err(error) => journal.problem(&format!(
            "{} cannot be imported ({reason}), nor be moved aside: {error}",
            path.display()
        )),
    }
}

fn move_aside(directory: &Directory, name: &OsStr) -> std::io::Result<OsString> {
    let (refused, _) = directory.ensure_private(OsStr::new(REFUSED), None)?;
    let mut kept = name.to_owned();
    for number in 1.. {
        match directory.move_aside(name, &refused, &kept) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                name.clone_into(&mut kept);
                kept.push(format!(".{number}"));
            }
            moved => return moved.map(|()| kept),
        }
    }
    Err(std::io::Error::other("no name is free"))
}
