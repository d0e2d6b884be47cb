//! The life of a job, as far as that of a backup and of a restore are the same: how its program starts, and what is reported of a run
//! that ended before it had a record.

use std::fmt::Debug;
use std::path::Path;
use std::process;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::catalogue::server_or_ask;
use super::failure::Failure;
use super::outcome::{log_reported, say};
use crate::clock::{Clock, SteadyClock, SystemClock};
use crate::config::{Config, Environment};
use crate::domain::ids::ServerId;
use crate::exit_code::ExitCode;
use crate::handoff::report::{NotReported, Reported, Reporting};
use crate::sys::process::guardian;

/// Why there is no run that could be recorded.
#[derive(Debug)]
pub enum NotBegun {
    /// Another run is going on, or this one has been made: nothing is registered.
    AlreadyRun(String),
    /// The definition or its node has been stopped since the run was scheduled: nothing is registered, and nobody is told.
    NotWanted(String),
    /// Something failed; it is registered where this backup server is known.
    Failed(Option<ServerId>, Failure),
}

/// One run of a backup or a restore.
pub trait Job {
    /// The program's name, before what it says.
    const PROGRAM: &'static str;
    /// How a run ends, as the catalogue is told.
    type Result;
    /// What the catalogue answers.
    type Registration: Debug;

    /// The configuration.
    fn config(&self) -> &Config;

    /// The process's environment.
    fn env(&self) -> &Environment;

    /// The result of a run that failed before it had a record.
    fn failed_result(
        &self,
        server: ServerId,
        started: DateTime<Utc>,
        reason: String,
    ) -> Self::Result;

    /// Reports a result.
    fn report(
        reporting: &Reporting<'_>,
        result: &Self::Result,
    ) -> impl Future<Output = Result<Reported<Self::Registration>, NotReported>>;

    /// Where results go; a pending file only into a root that may be written to.
    fn reporting<'r>(&'r self, root: Option<&'r Path>) -> Reporting<'r> {
        Reporting::of_job(self.config(), self.env(), root)
    }
}

/// Runs a job's program, or the guardian if this process was started as one.
pub fn main(run: impl FnOnce(&Arc<dyn Clock>) -> process::ExitCode) -> process::ExitCode {
    guardian::entry(std::env::args_os()).unwrap_or_else(|| {
        let clock: Arc<dyn Clock> = Arc::new(SteadyClock::starting_at(SystemClock.now()));
        run(&clock)
    })
}

/// Ends a job that has no run.
pub async fn end_without_run<J: Job>(
    job: &J,
    root: &Path,
    started: DateTime<Utc>,
    why: NotBegun,
) -> ExitCode {
    match why {
        NotBegun::AlreadyRun(reason) => {
            say(J::PROGRAM, &reason);
            ExitCode::AlreadyRunning
        }
        NotBegun::NotWanted(reason) => {
            tracing::info!("{reason}");
            ExitCode::Success
        }
        NotBegun::Failed(server, failure) => {
            report_unrecorded(job, started, Some(root), server, failure).await
        }
    }
}

/// Reports a failure before there was a record. Without a cache the catalogue is asked which server this is. Without a `root` no
/// pending file is written.
pub async fn report_unrecorded<J: Job>(
    job: &J,
    started: DateTime<Utc>,
    root: Option<&Path>,
    server: Option<ServerId>,
    failure: Failure,
) -> ExitCode {
    say(J::PROGRAM, &failure.reason);
    let Some(server) = server_or_ask(server, job.config(), job.env()).await else {
        return failure.exit;
    };
    let result = job.failed_result(server, started, failure.reason);
    match J::report(&job.reporting(root), &result).await {
        Ok(reported) => log_reported(&reported),
        Err(error) => tracing::error!("{error}"),
    }
    failure.exit
}
