//! One result of the catalogue, shared by all requests at about the same time.

use std::fmt;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use pgbackman_core::clock::{Clock as _, SystemClock};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::exit_code::{Exit, ExitCode};
use tokio::sync::Mutex;

use crate::metrics::{self, Exporter};
use crate::snapshot;

/// The metrics of one moment.
#[derive(Debug, Clone)]
pub(super) struct Scraped {
    /// The text.
    pub(super) body: Bytes,
    /// Why the text has no data from the catalogue.
    pub(super) problem: Option<(ExitCode, String)>,
}

/// The catalogue and its last result.
pub(super) struct Shared {
    config: Config,
    env: Environment,
    started: f64,
    /// Held during a query: other requests wait for it and get the same result.
    last: Mutex<Option<(Instant, Scraped)>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// Creates it without a result.
    pub(super) fn new(config: Config, env: Environment) -> Self {
        #[allow(clippy::cast_precision_loss)] // Milliseconds until the year 287396.
        let started = SystemClock.now().timestamp_millis() as f64 / 1000.0;
        Self {
            config,
            env,
            started,
            last: Mutex::new(None),
        }
    }

    /// Returns the recent result, or queries again. If the catalogue is unavailable, that result is also kept for the
    /// cache duration.
    pub(super) async fn scrape(&self) -> Scraped {
        let keep: Duration = self.config.exporter.cache_duration;
        let mut last = self.last.lock().await;
        if let Some((_, scraped)) = last.as_ref().filter(|(asked, _)| asked.elapsed() < keep) {
            return scraped.clone();
        }
        // Free the old text before the new one is created.
        let known = last.take().and_then(|(_, scraped)| scraped.problem);
        let scraped = self.fresh().await;
        match (&known, &scraped.problem) {
            (None, Some((_, reason))) => tracing::error!("{reason}"),
            (Some(_), None) => tracing::info!("the catalogue is available again"),
            _ => {}
        }
        *last = Some((Instant::now(), scraped.clone()));
        scraped
    }

    /// Queries the catalogue now.
    pub(super) async fn fresh(&self) -> Scraped {
        let began = Instant::now();
        let taken = snapshot::take(&self.config, &self.env).await;
        let exporter = Exporter {
            started: self.started,
            took: began.elapsed().as_secs_f64(),
        };
        let (snapshot, problem) = match taken {
            Ok(snapshot) => (Some(snapshot), None),
            Err(Exit { code, reason }) => (None, Some((code, reason))),
        };
        match metrics::text(&exporter, snapshot) {
            Ok(text) => Scraped {
                body: text.into(),
                problem,
            },
            Err(error) => Scraped {
                body: Bytes::new(),
                problem: Some((
                    ExitCode::Failure,
                    format!("could not write the metrics: {error}"),
                )),
            },
        }
    }
}
