//! Telling the catalogue how a run ended; or, where it does not answer, keeping the result for later (trap 29).

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::pending::{self, PendingError};
use crate::catalogue::CatalogError;
use crate::catalogue::asking::{self, NotAsked, PATIENCE};
use crate::catalogue::backups::{self, Registration};
use crate::catalogue::restores::restore_results::{self, RestoreRegistration};
use crate::config::{Config, Environment};
use crate::conninfo::Session;
use crate::domain::backup::BackupResult;
use crate::domain::restore::RestoreResult;
use crate::sys::privilege::Owner;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub struct Reporting<'a> {
    /// Says where the catalogue is.
    pub config: &'a Config,
    /// The process's environment.
    pub env: &'a Environment,
    /// The root directory with `pending_updates`; `None` where there is none that may be written to.
    pub root: Option<&'a Path>,
    /// Who is to own a pending file, where that is not this process's user.
    pub owner: Option<Owner>,
    /// How long the catalogue may take in all before a result becomes a pending file.
    pub patience: Duration,
}

/// What became of a result; `R` is what the catalogue says of one of its kind.
#[derive(Debug)]
pub enum Reported<R = Registration> {
    /// The catalogue has it.
    Registered(R),
    /// The catalogue could not be told, for this reason; the file waits.
    Pending {
        /// The pending file.
        path: PathBuf,
        /// Why the catalogue does not have it.
        reason: NotRegistered,
    },
}

/// Why the catalogue does not have a result.
#[derive(Debug, Error)]
pub enum NotRegistered {
    /// It could not be told, or did not take the result.
    #[error(transparent)]
    NotTold(NotAsked),
    /// The time allowed is over.
    #[error("the catalogue did not answer within {} s", .0.as_secs())]
    NoAnswer(Duration),
}

impl From<NotAsked> for NotRegistered {
    fn from(error: NotAsked) -> Self {
        match error {
            NotAsked::NoAnswer(limit) => Self::NoAnswer(limit),
            other => Self::NotTold(other),
        }
    }
}

/// Why there is no pending file of a result.
#[derive(Debug, Error)]
pub enum NotKept {
    /// No root directory is known that may be written to.
    #[error("there is no usable directory for it")]
    NoDirectory,
    /// It could not be written.
    #[error(transparent)]
    Unwritten(#[from] PendingError),
}

/// A result that is neither in the catalogue nor in a file; the run's record, if there is one, must stay.
#[derive(Debug, Error)]
#[error(
    "the result of run {run} could neither be registered ({catalogue}) nor stored for later ({file})"
)]
pub struct NotReported {
    run: uuid::Uuid,
    catalogue: Box<NotRegistered>,
    file: NotKept,
}

impl<'a> Reporting<'a> {
    /// How a job reports.
    pub fn of_job(config: &'a Config, env: &'a Environment, root: Option<&'a Path>) -> Self {
        Self {
            config,
            env,
            root,
            owner: None,
            patience: PATIENCE,
        }
    }

    /// Registers the result of a backup's run within the time allowed, or else writes its pending file.
    pub async fn report(&self, result: &BackupResult) -> Result<Reported, NotReported> {
        let registered = self
            .within(async |session: &Session| backups::register_result(&**session, result).await)
            .await;
        self.or_pending(result.run_uuid, registered, |root| {
            pending::write(root, result, self.owner)
        })
    }

    /// Registers the result of a restore within the time allowed, or else writes its pending file.
    pub async fn report_restore(
        &self,
        result: &RestoreResult,
    ) -> Result<Reported<RestoreRegistration>, NotReported> {
        let registered = self
            .within(async |session: &Session| {
                restore_results::register_result(&**session, result).await
            })
            .await;
        self.or_pending(result.run_uuid, registered, |root| {
            pending::write_restore(root, result, self.owner)
        })
    }

    fn or_pending<R>(
        &self,
        run: uuid::Uuid,
        registered: Result<R, NotRegistered>,
        write: impl FnOnce(&Path) -> Result<PathBuf, PendingError>,
    ) -> Result<Reported<R>, NotReported> {
        let catalogue = match registered {
            Ok(registration) => return Ok(Reported::Registered(registration)),
            Err(reason) => reason,
        };
        let kept = match self.root {
            Some(root) => write(root).map_err(NotKept::from),
            None => Err(NotKept::NoDirectory),
        };
        match kept {
            Ok(path) => Ok(Reported::Pending {
                path,
                reason: catalogue,
            }),
            Err(file) => Err(NotReported {
                run,
                catalogue: Box::new(catalogue),
                file,
            }),
        }
    }

    /// Tells the catalogue something within the time allowed. Cutting it short does no harm: a result that was registered
    /// after all is known by its UUID when its pending file is imported.
    async fn within<R>(
        &self,
        telling: impl AsyncFnOnce(&Session) -> Result<R, CatalogError>,
    ) -> Result<R, NotRegistered> {
        Ok(asking::ask(self.config, self.env, self.patience, telling).await?)
    }
}
