//! Questions to the catalogue, and work on files, as part of a daemon's tasks.
#![forbid(unsafe_code)]

use std::future::Future;
use std::time::Duration;

use crate::catalogue::CatalogError;
use crate::conninfo::{DeadlineError, Session, with_deadline};

/// Why a task of a daemon, or a part of it, was not done.
#[derive(Debug)]
pub enum TaskError {
    /// The catalogue is unavailable, for this reason. No other task can be done either.
    Unavailable(String),
    /// These parts failed. The others are done.
    Failed(Vec<String>),
}

impl TaskError {
    /// One part failed.
    pub fn failed(error: &impl ToString) -> Self {
        Self::Failed(vec![error.to_string()])
    }

    /// `Ok` if there are no problems.
    ///
    /// # Errors
    /// [`TaskError::Failed`] with the problems, if there are any.
    pub fn from_problems(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self::Failed(problems))
        }
    }
}

impl From<CatalogError> for TaskError {
    fn from(error: CatalogError) -> Self {
        if error.is_unavailable() {
            Self::Unavailable(error.to_string())
        } else {
            Self::failed(&error)
        }
    }
}

/// Asks the catalogue something. A catalogue that does not answer within `limit` is unavailable.
///
/// # Errors
/// The question's own error, or [`CatalogError::Unavailable`] after `limit`.
pub async fn ask<T>(
    session: &Session,
    limit: Duration,
    question: impl Future<Output = Result<T, CatalogError>>,
) -> Result<T, CatalogError> {
    match with_deadline(&session.canceller(), limit, question).await {
        Ok(answer) => Ok(answer),
        Err(DeadlineError::Failed(error)) => Err(error),
        Err(elapsed @ DeadlineError::Elapsed(_)) => Err(CatalogError::Unavailable {
            action: "query the catalogue",
            reason: elapsed.to_string(),
        }),
    }
}

/// Does work on files in a thread of its own, so that a slow file system does not block the daemon.
///
/// # Errors
/// When the work panics.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TaskError> {
    // The log lines of the work name what the caller works on.
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work))
        .await
        .map_err(|error| TaskError::failed(&format!("the work on files was aborted: {error}")))
}

/// What a daemon says while the catalogue does not know this backup server.
pub fn not_registered(fqdn: &str) -> String {
    format!(
        "this machine is not registered as a backup server: register {fqdn} in the shell (register_backup_server), or set \
         backup_server in [backup_server]"
    )
}
