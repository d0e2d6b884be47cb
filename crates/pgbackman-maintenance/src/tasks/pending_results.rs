//! Results that wait in `pending_updates`, of this version and of 1.x: each registered once, then its file goes. What nobody
//! can read, or whose backup is not there, is reported, moved to `refused` below it under its name, and stops nothing else (traps 29, 29a).

use std::ffi::{OsStr, OsString};
use std::io;
use std::time::{Duration, SystemTime};

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::backups::{self, Registration};
use pgbackman_core::catalogue::restores::restore_results::{self, RestoreRegistration};
use pgbackman_core::daemon::question::TaskError;
use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::handoff::legacy_pending::{self, ImportError, NotRegistered, Reason};
use pgbackman_core::handoff::pending::{self, REFUSED, Unreadable, Waiting};
use pgbackman_core::sys::atomic_file::remove_abandoned;
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::entries::EntryKind;
use thiserror::Error;

use crate::journal::Journal;
use crate::pass::Pass;
use crate::result_files::{self, Doubt};
use crate::steps::Step;

/// 1.x adds to its files; one is complete when nobody has written to it for so long.
const SETTLED: Duration = Duration::from_secs(60);

pub(super) async fn run(pass: &Pass, journal: &mut Journal) -> Result<(), TaskError> {
    for root in pass.roots() {
        match pending::open(&root) {
            Ok(Some(directory)) => import_all(pass, &directory, journal).await?,
            Ok(None) => {}
            Err(error) => journal.problem(&error.to_string()),
        }
    }
    Ok(())
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
    /// The catalogue is unavailable: all of them wait.
    Away(String),
    /// It never can be.
    Poison(Poison),
    /// It may be, in another pass.
    Later(Later),
}

/// Why a file can never be imported.
#[derive(Debug, Error)]
enum Poison {
    /// It is no result of this version.
    #[error(transparent)]
    Unreadable(Unreadable),
    /// It is no file of 1.x.
    #[error(transparent)]
    Legacy(io::Error),
    /// It is not to be believed.
    #[error(transparent)]
    Doubtful(Reason),
    /// The catalogue refuses it.
    #[error(transparent)]
    Refused(CatalogError),
    /// Of a file of 1.x: these lines are not in the catalogue.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Lines(Vec<NotRegistered>),
}

/// Why a file is not imported yet.
#[derive(Debug, Error)]
enum Later {
    /// It cannot be checked or removed.
    #[error(transparent)]
    File(#[from] io::Error),
    /// It cannot be read.
    #[error(transparent)]
    Unread(Unreadable),
    /// The files of its backup cannot be checked.
    #[error(transparent)]
    Doubtful(Reason),
    /// The catalogue's server is in trouble.
    #[error(transparent)]
    Server(CatalogError),
}

impl From<Unreadable> for Problem {
    fn from(error: Unreadable) -> Self {
        if error.may_pass() {
            Self::Later(Later::Unread(error))
        } else {
            Self::Poison(Poison::Unreadable(error))
        }
    }
}

impl From<CatalogError> for Problem {
    fn from(error: CatalogError) -> Self {
        if error.is_unavailable() {
            Self::Away(error.to_string())
        } else if error.is_of_server() {
            Self::Later(Later::Server(error))
        } else {
            Self::Poison(Poison::Refused(error))
        }
    }
}

impl From<Doubt> for Problem {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Refused(reason) => Self::Poison(Poison::Doubtful(reason)),
            Doubt::Later(reason) => Self::Later(Later::Doubtful(reason)),
        }
    }
}

async fn import(
    pass: &Pass,
    directory: &Directory,
    name: &OsStr,
    journal: &mut Journal,
) -> Result<(), Problem> {
    if let Some(kind) = legacy_pending::is_legacy_name(name) {
        return import_legacy(pass, directory, name, kind, journal).await;
    }
    // None: somebody else was faster.
    let Some(waiting) = pending::read(directory, name)? else {
        return Ok(());
    };
    let (said, place) = match waiting {
        Waiting::Backup(result) => {
            result_files::look(pass, &result).await?;
            let place = pass.span_of(Some(result.node), Some(&result.dbname));
            (register_backup(pass, &result).await?, place)
        }
        Waiting::Restore(result) => {
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
        .map_err(|error| Problem::Later(error.into()))?;
    pass.daemon.reached(Step::PendingRemoved);
    let text = format!("imported {}: {said}", path.display());
    place.in_scope(|| journal.noted(&text));
    Ok(())
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
        Registration::AlreadyRegistered => "it was already registered",
        Registration::Orphaned => {
            "its definition has been deleted, so its files are deleted after the quarantine"
        }
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
        RestoreRegistration::Gone => "its definition has been deleted, so it cannot be registered",
    })
}

/// Results of 1.x: `core::handoff::legacy_pending` reads, registers and removes the file.
async fn import_legacy(
    pass: &Pass,
    directory: &Directory,
    name: &OsStr,
    kind: legacy_pending::Kind,
    journal: &mut Journal,
) -> Result<(), Problem> {
    let looked = directory.entry(name);
    let Some(entry) = looked.map_err(|error| Problem::Later(error.into()))? else {
        return Ok(());
    };
    if entry.kind != EntryKind::File {
        return Err(Unreadable::NoFile(entry.kind).into());
    }
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
        ImportError::File(error) => Problem::Poison(Poison::Legacy(error)),
        ImportError::NotYet(reason) => Problem::Later(Later::Doubtful(reason)),
    })?;
    pass.daemon.reached(Step::PendingRemoved);
    journal.noted(&format!(
        "imported {}: {} registered, {} already registered, {} with a deleted definition",
        path.display(),
        imported.registered,
        imported.known,
        imported.orphaned
    ));
    if imported.bad.is_empty() {
        return Ok(());
    }
    Err(Problem::Poison(Poison::Lines(imported.bad)))
}

/// Keeps a file that cannot be imported out of the way, under its name; one that has it already gets a number behind it.
fn refuse(
    pass: &Pass,
    directory: &Directory,
    name: &OsStr,
    reason: &Poison,
    journal: &mut Journal,
) {
    let path = directory.path().join(name);
    if pass.daemon.dry_run {
        journal.noted(&format!("would refuse {}: {reason}", path.display()));
        return;
    }
    match move_aside(directory, name) {
        Ok(kept) => {
            pass.daemon.reached(Step::PendingRefused);
            journal.problem(&format!(
                "could not import {}, which is kept as {}/{}: {reason}",
                path.display(),
                REFUSED,
                kept.display()
            ));
        }
        Err(error) => journal.problem(&format!(
            "could not import {} ({reason}), and could not move it aside: {error}",
            path.display()
        )),
    }
}

fn move_aside(directory: &Directory, name: &OsStr) -> io::Result<OsString> {
    let (refused, _) = directory.ensure_private(OsStr::new(REFUSED), None)?;
    let mut kept = name.to_owned();
    for number in 1.. {
        match directory.move_aside(name, &refused, &kept) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                name.clone_into(&mut kept);
                kept.push(format!(".{number}"));
            }
            moved => return moved.map(|()| kept),
        }
    }
    Err(io::Error::other("there is no unused name"))
}
