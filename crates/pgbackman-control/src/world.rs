//! What stays the same while control runs, and what it knows while it is connected.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pgbackman_core::catalog::CatalogError;
use pgbackman_core::catalog::nodes::config_params::ServerConfig;
use pgbackman_core::clock::Clock;
use pgbackman_core::config::trust::{JobProgram, TrustError, check_backup_path, check_program};
use pgbackman_core::config::{BackupServerSection, Config, Environment, Scheduler};
use pgbackman_core::conninfo::{DeadlineError, Session, with_deadline};
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::sys::privilege::{Owner, User};

use crate::catalogue_server::Tried;
use crate::sign_of_life::Board;
use crate::steps::{Observer, Step};

/// How long one question to the catalogue may take: longer, and the catalogue counts as away.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Configuration, environment and the ways to time and tests.
pub struct World {
    /// The configuration.
    pub config: Config,
    /// The process's environment.
    pub env: Environment,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Is told of every step.
    pub observer: Arc<dyn Observer>,
    /// The account that runs the jobs.
    pub job_user: User,
    /// Who gets the files: the jobs' user where control is root, else nobody but control's own user.
    pub owner: Option<Owner>,
    /// When control began.
    pub began: Instant,
    /// What control says about itself.
    pub board: Mutex<Board>,
    /// What was done about an outdated server of a private catalogue.
    pub restarts_tried: Tried,
}

impl World {
    /// `[backup_server]`.
    pub fn section(&self) -> &BackupServerSection {
        &self.config.backup_server
    }

    /// Whether the jobs stand in the user's own crontab.
    pub fn uses_user_crontab(&self) -> bool {
        self.section().scheduler == Scheduler::Crontab
    }

    /// Tells the observer.
    pub fn reached(&self, step: Step) {
        self.observer.reached(step);
    }
}

/// Why an item could not be done.
#[derive(Debug)]
pub enum Failure {
    /// The catalogue is away; everything is looked at again once it is back.
    Away(String),
    /// These parts failed; the others are done.
    Failed(Vec<String>),
}

impl Failure {
    /// One part failed.
    pub fn one(error: &impl ToString) -> Self {
        Self::Failed(vec![error.to_string()])
    }

    /// `Ok` without problems.
    pub fn unless_empty(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self::Failed(problems))
        }
    }
}

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Self {
        if error.is_unavailable() {
            Self::Away(error.to_string())
        } else {
            Self::one(&error)
        }
    }
}

/// A connection to the catalogue and what it said about this backup server.
pub struct Situation {
    /// What does not change.
    pub world: Arc<World>,
    /// The connection.
    pub session: Arc<Session>,
    /// This backup server.
    pub server: BackupServer,
    /// Its configuration.
    pub server_config: ServerConfig,
}

impl Situation {
    /// Asks the catalogue something, with a limit of time.
    pub async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, CatalogError>>,
    ) -> Result<T, CatalogError> {
        ask(&self.session, question).await
    }

    /// The server's `root_backup_partition`, if the local configuration allows it.
    pub fn root(&self) -> Result<PathBuf, TrustError> {
        check_backup_path(
            self.world.section(),
            &self.server_config.root_backup_partition,
        )
    }

    /// The server's `pgbackman_dump`, if the local configuration allows it.
    pub fn dump_program(&self) -> Result<PathBuf, TrustError> {
        check_program(
            self.world.section(),
            JobProgram::Dump,
            &self.server_config.pgbackman_dump,
        )
    }

    /// The server's `pgbackman_restore`, if the local configuration allows it.
    pub fn restore_program(&self) -> Result<PathBuf, TrustError> {
        check_program(
            self.world.section(),
            JobProgram::Restore,
            &self.server_config.pgbackman_restore,
        )
    }
}

/// Asks over a session, with a limit of time: a catalogue that hangs is one that is away.
pub async fn ask<T>(
    session: &Session,
    question: impl Future<Output = Result<T, CatalogError>>,
) -> Result<T, CatalogError> {
    match with_deadline(&session.canceller(), ANSWER_LIMIT, question).await {
        Ok(answer) => Ok(answer),
        Err(DeadlineError::Failed(error)) => Err(error),
        Err(elapsed @ DeadlineError::Elapsed(_)) => Err(CatalogError::Unavailable {
            action: "ask the catalogue",
            reason: elapsed.to_string(),
        }),
    }
}

/// Runs work on files where it cannot hold up anything else.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    // What it logs belongs to what is worked on.
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .map_err(|error| Failure::Failed(vec![format!("the work on files broke off: {error}")]))
}
