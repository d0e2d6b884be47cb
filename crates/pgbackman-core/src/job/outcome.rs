//! What a job says when it ends, and to whom.

use std::fmt::Debug;
use std::io::{self, Write};

use crate::exit_code::ExitCode;
use crate::handoff::report::{NotReported, Reported};

/// Logs what an operator must know, and says it on standard error: cron and `at` send that by mail.
pub fn say(program: &str, text: &str) {
    tracing::error!("{text}");
    // A standard error that is closed or full ends no job, as eprintln! would.
    let _ = writeln!(io::stderr(), "{program}: {text}");
}

/// Logs where a result went.
pub fn log_reported<R: Debug>(reported: &Reported<R>) {
    match reported {
        Reported::Registered(registration) => {
            tracing::info!("the result is registered in the catalogue: {registration:?}");
        }
        Reported::Pending { path, reason } => {
            tracing::warn!(
                "the result is pending in {}, because {reason}",
                path.display()
            );
        }
    }
}

/// Says what became of the result of a recorded run that ends with `exit`.
///
/// # Errors
/// The exit code where it was reported nowhere: the record must stay then.
pub fn told<R: Debug>(
    program: &str,
    reported: Result<Reported<R>, NotReported>,
    exit: ExitCode,
) -> Result<(), ExitCode> {
    match reported {
        Ok(reported) => {
            log_reported(&reported);
            Ok(())
        }
        Err(error) => {
            say(
                program,
                &format!("{error}; the run record is kept, and pgbackman_control will try again"),
            );
            Err(match exit {
                ExitCode::Success => ExitCode::CatalogueUnavailable,
                failed => failed,
            })
        }
    }
}
