//! How a run ends: its files get their names or go, and its record goes when nothing is left to recover.

use std::path::PathBuf;

use pgbackman_core::catalogue::backups::Registration;
use pgbackman_core::domain::backup::{BackupPart, BackupResult};
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::handoff::report::{NotReported, Reported};
use pgbackman_core::handoff::run::{self, Phase};
use pgbackman_core::job::bar::Ending;
use pgbackman_core::job::outcome;

use crate::PROGRAM;
use crate::run::progress::Progress;
use crate::step::Step;
use pgbackman_core::job::failure::Failure;

/// How a recorded run ended, before it is reported.
pub(crate) struct Ended {
    /// What is to be reported.
    pub(crate) result: BackupResult,
    /// How the program ends.
    pub(crate) exit: ExitCode,
}

impl Ended {
    /// Whether there is a backup now.
    pub(crate) fn has_backup(&self) -> bool {
        matches!(
            self.result.status,
            ExecutionStatus::Succeeded | ExecutionStatus::Warning
        )
    }
}

/// Gives the files their names. From the first flushed line on the backup counts, whatever happens to this process.
pub(crate) fn publish(
    result: BackupResult,
    roots: &[PathBuf],
    progress: &mut Progress<'_>,
) -> Ended {
    let published = progress
        .commit(Step::Publishing, |record| {
            record.phase = Phase::Publishing;
            record.result = result.clone();
        })
        .and_then(|()| run::publish(&progress.record().artifacts, roots).map_err(Failure::failed));
    if let Err(failure) = published {
        return fail(failure, roots, progress);
    }
    progress.reached(Step::Renamed);
    if let Err(failure) = progress.commit(Step::Published, |record| record.phase = Phase::Published)
    {
        // The record still says Publishing, from which recovery does the same.
        tracing::warn!("{}", failure.reason);
    }
    let exit = if result.status == ExecutionStatus::Succeeded {
        ExitCode::Success
    } else {
        ExitCode::Warning
    };
    if let Some(warning) = &result.error_message {
        say(warning);
    }
    Ended { result, exit }
}

/// Writes the reason down, then removes what the run wrote.
pub(crate) fn fail(failure: Failure, roots: &[PathBuf], progress: &mut Progress<'_>) -> Ended {
    say(&failure.reason);
    let now = progress.now();
    let mut result = progress.record().result.clone();
    result.status = ExecutionStatus::Error;
    result.finished = now;
    result.error_message = Some(failure.reason);
    result.checksum = None;
    result.manifest_file = None;
    for part in [&mut result.dump, &mut result.roles, &mut result.dbconfig] {
        *part = BackupPart {
            log: part.log.take().filter(|log| log.exists()),
            ..BackupPart::default()
        };
    }
    let recorded = record_failure(&result, progress);
    if let Err(error) = run::remove_all(&progress.record().artifacts, roots) {
        tracing::error!("{error}");
    }
    progress.reached(Step::FilesRemoved);
    if !recorded {
        // On a full disk there is room again now.
        record_failure(&result, progress);
    }
    Ended {
        result,
        exit: failure.exit,
    }
}

fn record_failure(result: &BackupResult, progress: &mut Progress<'_>) -> bool {
    let recorded = progress.commit(Step::FailureRecorded, |record| {
        record.phase = Phase::Failed;
        record.result = result.clone();
    });
    if let Err(failure) = &recorded {
        tracing::warn!("{}", failure.reason);
    }
    recorded.is_ok()
}

/// Removes the record, unless something is left that recovery must do.
pub(crate) fn settle(
    ended: &Ended,
    reported: Result<Reported, NotReported>,
    nothing_paused: bool,
    mut progress: Progress<'_>,
) -> ExitCode {
    if let Err(exit) = outcome::told(PROGRAM, reported, ended.exit) {
        return exit;
    }
    progress.reached(Step::Reported);
    if nothing_paused && let Err(error) = progress.finish() {
        tracing::error!("{error}");
    }
    ended.exit
}

/// How a run ended, for whoever sits at a terminal.
pub(crate) fn in_a_line(
    result: &BackupResult,
    reported: Result<&Reported, &NotReported>,
) -> Ending {
    Ending {
        status: result.status,
        bytes: Some(result.bytes()),
        took: result.finished - result.started,
        entry: match reported {
            Ok(Reported::Registered(Registration::Registered(id))) => format!("BckID {id}"),
            Ok(Reported::Registered(Registration::AlreadyRegistered)) => {
                "registered in the catalogue".to_owned()
            }
            Ok(Reported::Registered(Registration::Orphaned)) => {
                "its definition has been deleted".to_owned()
            }
            Ok(Reported::Pending { .. }) => {
                "the result is pending until the catalogue is available".to_owned()
            }
            Err(_) => "not in the catalogue yet".to_owned(),
        },
    }
}

/// Logs what an operator must know, and says it on standard error: cron sends that to the node's `logs_email`.
pub(crate) fn say(text: &str) {
    outcome::say(PROGRAM, text);
}
