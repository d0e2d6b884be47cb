//! What a pass knows, and how it asks the catalogue.

use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::heartbeats::DaemonLife;
use pgbackman_core::conninfo::Session;
use pgbackman_core::daemon::question;
use pgbackman_core::domain::ids::ServerId;

use crate::daemon::Alerts;

/// How long one question to the catalogue may take. A catalogue that takes longer is unavailable.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// What a pass knows.
pub struct Pass<'a> {
    /// The daemon.
    pub daemon: &'a Alerts,
    /// The connection to the catalogue.
    pub session: &'a Session,
    /// This backup server.
    pub own: ServerId,
    /// The servers that are looked after.
    pub servers: &'a [ServerId],
    /// The daemons.
    pub lives: &'a [DaemonLife],
    /// Now.
    pub now: DateTime<Utc>,
    /// Since when the catalogue's server is up.
    pub catalogue_up: DateTime<Utc>,
}

/// Asks the catalogue something, with a limit of time.
pub async fn ask<T>(
    session: &Session,
    question: impl Future<Output = Result<T, CatalogError>>,
) -> Result<T, CatalogError> {
    question::ask(session, ANSWER_LIMIT, question).await
}
