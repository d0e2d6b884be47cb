//! Telling the catalogue how a run ended; or, where it does not answer, keeping the result for later (trap 29).

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use super::pending::{self, PendingError};
use crate::catalog::backups::{self, Registration};
use crate::catalog::version;
use crate::config::{Config, Environment};
use crate::conninfo::{ConnectTarget, connect};
use crate::domain::backup::BackupResult;
use crate::sys::privilege::Owner;

/// How long the catalogue may take in all before a result becomes a pending file.
pub const PATIENCE: Duration = Duration::from_secs(10);

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
    /// How long the catalogue may take in all.
    pub patience: Duration,
}

/// What became of a result.
#[derive(Debug)]
pub enum Reported {
    /// The catalogue has it.
    Registered(Registration),
    /// The catalogue could not be told, for this reason; the file waits.
    Pending {
        /// The pending file.
        path: PathBuf,
        /// Why the catalogue does not have it.
        reason: String,
    },
}

/// A result that is neither in the catalogue nor in a file; the run's record, if there is one, must stay.
#[derive(Debug, thiserror::Error)]
#[error(
    "the result of run {run} could not be registered ({catalogue}), nor kept for later ({file})"
)]
pub struct NotReported {
    run: uuid::Uuid,
    catalogue: String,
    file: String,
}

impl Reporting<'_> {
    /// Registers a result within the time allowed, or else writes its pending file.
    pub async fn report(&self, result: &BackupResult) -> Result<Reported, NotReported> {
        let reason = match self.register(result).await {
            Ok(registration) => return Ok(Reported::Registered(registration)),
            Err(reason) => reason,
        };
        let failed = |file: String| NotReported {
            run: result.run_uuid,
            catalogue: reason.clone(),
            file,
        };
        let Some(root) = self.root else {
            return Err(failed(
                "there is no directory for it that may be used".to_owned(),
            ));
        };
        match pending::write(root, result, self.owner) {
            Ok(path) => Ok(Reported::Pending { path, reason }),
            Err(error) => Err(failed(PendingError::to_string(&error))),
        }
    }

    /// Registers a result within the time allowed. Cutting it short does no harm: a result that was registered after all is
    /// known by its UUID when its pending file is imported.
    async fn register(&self, result: &BackupResult) -> Result<Registration, String> {
        let attempt = async {
            let session = connect(
                &ConnectTarget::catalogue(self.config),
                self.env,
                self.patience,
            )
            .await
            .map_err(|error| error.to_string())?;
            version::check(&session)
                .await
                .map_err(|error| error.to_string())?;
            let registration = backups::register_result(&*session, result)
                .await
                .map_err(|error| error.to_string())?;
            session.close().await;
            Ok(registration)
        };
        timeout(self.patience, attempt).await.unwrap_or_else(|_| {
            Err(format!(
                "the catalogue did not answer within {} s",
                self.patience.as_secs()
            ))
        })
    }
}
