//! Waiting for a condition with a deadline, instead of sleeping for a guess.

use std::fmt::Display;
use std::future::Future;
use std::time::{Duration, Instant};

/// How often a condition is asked for.
const STEP: Duration = Duration::from_millis(20);

/// Asks `condition` until it gives a value; after `deadline` the test fails, naming `what` it waited for.
pub fn until<T>(
    deadline: Duration,
    what: impl Display,
    mut condition: impl FnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + deadline;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(
            Instant::now() < end,
            "waited {deadline:?} in vain for {what}"
        );
        std::thread::sleep(STEP);
    }
}

/// [`until`] for a condition that is asked of a server.
pub async fn until_async<T, F>(
    deadline: Duration,
    what: impl Display,
    mut condition: impl FnMut() -> F,
) -> T
where
    F: Future<Output = Option<T>>,
{
    let end = Instant::now() + deadline;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(
            Instant::now() < end,
            "waited {deadline:?} in vain for {what}"
        );
        tokio::time::sleep(STEP).await;
    }
}
