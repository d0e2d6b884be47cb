//! How a run ends: the target is put right after a failure, and the result is in the record.

use pgbackman_core::catalogue::restores::restore_results::RestoreRegistration;
use pgbackman_core::config::Environment;
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::handoff::report::{NotReported, Reported};
use pgbackman_core::handoff::run::{PutRight, RestorePhase, StillToPutRight};
use pgbackman_core::job::bar::Ending;
use pgbackman_core::job::failure::{Failure, sanitize};
use pgbackman_core::job::outcome;

use crate::PROGRAM;
use crate::run::log::RestoreLog;
use crate::run::progress::Progress;
use crate::step::Step;
use crate::target::UNTOUCHED;

/// Puts the target right after a failure, and writes the result into the record.
pub(crate) async fn finish(
    outcome: Result<Vec<String>, Failure>,
    env: &Environment,
    log: Option<&RestoreLog>,
    progress: &mut Progress<'_>,
) -> ExitCode {
    let mut result = progress.record().result.clone();
    let mut still = None;
    let exit = match outcome {
        Ok(warnings) if warnings.is_empty() => {
            result.status = ExecutionStatus::Succeeded;
            ExitCode::Success
        }
        Ok(warnings) => {
            result.status = ExecutionStatus::Warning;
            result.error_message = Some(sanitize(&warnings.join("\n")));
            ExitCode::Warning
        }
        Err(failure) => {
            let changes = progress.record().changes.clone();
            let target = progress.record().target.clone();
            let mut put = changes.put_right(&target, env).await;
            if !put.said.is_empty() && !result.role_list.is_empty() {
                put.said = format!(
                    "{}; the roles that it created still exist: {}",
                    put.said,
                    result.role_list.join(", ")
                );
            }
            progress.reached(Step::PutRight);
            result.status = ExecutionStatus::Error;
            let is_untouched = progress.record().phase == RestorePhase::Preparing;
            result.error_message = Some(with_place(&failure.reason, &put, is_untouched));
            if !changes.contents_begun {
                result.renamed_dbname = None;
            }
            if !put.done {
                still = Some(StillToPutRight::first(&failure.reason, progress.now()));
            }
            failure.exit
        }
    };
    result.finished = progress.now();
    if let Some(message) = &result.error_message {
        say(message);
    }
    if let Some(log) = log {
        let reason = result.error_message.as_deref().unwrap_or_default();
        log.say(format!("{} {reason}", result.status));
    }
    let committed = progress.commit(Step::Finished, |record| {
        record.phase = RestorePhase::Finished;
        record.result = result;
        record.still = still;
    });
    if let Err(failure) = committed {
        tracing::error!("{}", failure.reason);
    }
    exit
}

/// How a restore ended, for whoever sits at a terminal.
pub(crate) fn in_a_line(
    result: &RestoreResult,
    reported: Result<&Reported<RestoreRegistration>, &NotReported>,
) -> Ending {
    Ending {
        status: result.status,
        bytes: None,
        took: result.finished - result.started,
        entry: match reported {
            Ok(Reported::Registered(RestoreRegistration::Registered(id))) => {
                format!("RestoreID {id}")
            }
            Ok(Reported::Registered(RestoreRegistration::Gone)) => {
                "its definition has been deleted".to_owned()
            }
            Ok(Reported::Pending { .. }) => {
                "the result is pending until the catalogue is available".to_owned()
            }
            Err(_) => "not in the catalogue yet".to_owned(),
        },
    }
}

/// A reason, and which database is where (trap 10).
fn with_place(reason: &str, put: &PutRight, is_untouched: bool) -> String {
    if !put.said.is_empty() {
        sanitize(&put.with_reason(reason))
    } else if is_untouched && !reason.contains(UNTOUCHED) {
        sanitize(&format!("{reason}; {UNTOUCHED}"))
    } else {
        sanitize(reason)
    }
}

/// Says why nothing was begun.
pub(crate) fn refuse(failure: &Failure) -> ExitCode {
    say(&failure.reason);
    failure.exit
}

/// Logs what an operator must know, and says it on standard error.
pub(crate) fn say(text: &str) {
    outcome::say(PROGRAM, text);
}
