//! How the client programs of a run are told apart, and how long they wait.

use std::time::Duration;

use uuid::Uuid;

/// How much longer than PgBackMan a client program waits for a lock: who is in the way is known to PgBackMan, not to it.
const CLIENT_WAITS_LONGER: Duration = Duration::from_secs(10);

/// How long the client programs wait for a lock; zero is for ever.
pub(crate) fn lock_wait(limit: Duration) -> Duration {
    if limit.is_zero() {
        limit
    } else {
        limit.saturating_add(CLIENT_WAITS_LONGER)
    }
}

/// The name under which the client programs of a run appear on the server. No other run has it.
pub(crate) fn application(run: Uuid) -> String {
    let number = run.simple().to_string();
    format!("pgbackman_dump {}", &number[..8])
}
