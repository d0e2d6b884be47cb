//! Queries with a time limit.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

use super::session::Canceller;

/// How long a cancelled query may take to report its end.
const GRACE: Duration = Duration::from_secs(5);

/// Why an action with a time limit has no result.
#[derive(Debug, thiserror::Error)]
pub enum DeadlineError<E: std::error::Error + 'static> {
    /// It failed by itself.
    #[error(transparent)]
    Failed(E),
    /// The time was over; the query has been cancelled.
    #[error("it took longer than {} s and was cancelled", .0.as_secs_f64())]
    Elapsed(Duration),
}

/// Runs an action of a session for at most `limit`. When the time is over the session's query is cancelled on the server,
/// since dropping the future would leave it running there (trap 23), and the action is awaited a little longer, so that
/// the session can be used again.
///
/// # Errors
///
/// The action's own error, or [`DeadlineError::Elapsed`].
pub async fn with_deadline<T, E: std::error::Error + 'static>(
    canceller: &Canceller,
    limit: Duration,
    action: impl Future<Output = Result<T, E>>,
) -> Result<T, DeadlineError<E>> {
    let mut action = pin!(action);
    let guard = canceller.on_drop();
    if let Ok(result) = timeout(limit, action.as_mut()).await {
        guard.disarm();
        return result.map_err(DeadlineError::Failed);
    }
    guard.disarm();
    if let Err(reason) = canceller.cancel().await {
        tracing::warn!("{reason}");
    }
    match timeout(GRACE, action).await {
        // It was done just before the request came.
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) | Err(_) => Err(DeadlineError::Elapsed(limit)),
    }
}
