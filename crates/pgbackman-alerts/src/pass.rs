//! The context of a pass, and its queries to the catalogue.

use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::heartbeats::DaemonLife;
use pgbackman_core::conninfo::Session;
use pgbackman_core::daemon::question;
use pgbackman_core::domain::ids::ServerId;

use crate::daemon::Alerts;

/// Timeout of one query. A catalogue that takes longer is unavailable.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// The context of a pass.
pub struct Pass<'a> {
    /// The daemon.
    pub daemon: &'a Alerts,
    /// The connection to the catalogue.
    pub session: &'a Session,
    /// This backup server.
    pub own: ServerId,
    /// The servers whose alerts this daemon handles.
    pub servers: &'a [ServerId],
    /// The daemons.
    pub lives: &'a [DaemonLife],
    /// The time of the pass.
    pub now: DateTime<Utc>,
    /// Since when the catalogue's server has been running.
    pub catalogue_up: DateTime<Utc>,
}

/// Queries the catalogue, with a timeout.
pub async fn ask<T>(
    session: &Session,
    question: impl Future<Output = Result<T, CatalogError>>,
) -> Result<T, CatalogError> {
    question::ask(session, ANSWER_LIMIT, question).await
}
