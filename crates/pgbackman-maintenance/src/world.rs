//! What stays the same while the program runs, and what a pass knows.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalog::CatalogError;
use pgbackman_core::clock::Clock;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{DeadlineError, Session, with_deadline};
use pgbackman_core::domain::ids::{DefId, NodeId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::server::BackupServer;
use tokio::sync::Mutex;
use tracing::Span;
use tracing::field::display;

use crate::looker::Looker;
use crate::places::Places;
use crate::steps::{Observer, Step};

/// How long one question to the catalogue may take: longer, and the catalogue counts as away.
const ANSWER_LIMIT: Duration = Duration::from_secs(300);

/// Configuration, environment and the ways to time and tests.
pub struct World {
    /// The configuration.
    pub config: Config,
    /// The environment of the jobs' user.
    pub env: Environment,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Whether the clock is a machine's, which may be wrong and is then compared with the catalogue's.
    pub clock_is_real: bool,
    /// Is told of every step.
    pub observer: Arc<dyn Observer>,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// Set when the program is to end: a pass ends after its current batch.
    pub stopping: AtomicBool,
    /// How long the process that looks may be at one file.
    pub look_limit: Duration,
    /// When unfinished files were last searched for.
    pub partials_searched: std::sync::Mutex<Option<DateTime<Utc>>>,
}

impl World {
    /// Tells the observer.
    pub fn reached(&self, step: Step) {
        self.observer.reached(step);
    }

    /// Whether unfinished files are to be searched for; if so, that is noted. Also when the clock went back.
    pub fn partials_are_due(&self, as_of: DateTime<Utc>, every: TimeDelta) -> bool {
        let mut last = self
            .partials_searched
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| as_of < last || as_of >= last + every);
        if due {
            *last = Some(as_of);
        }
        due
    }

    /// Whether the pass is to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

/// Why a task, or a part of it, was not done.
#[derive(Debug)]
pub enum Failure {
    /// The catalogue is away: the pass ends here.
    Away(String),
    /// This failed; the rest goes on.
    Failed(String),
}

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Self {
        if error.is_unavailable() {
            Self::Away(error.to_string())
        } else {
            Self::Failed(error.to_string())
        }
    }
}

/// What one pass knows.
pub struct Situation {
    /// What does not change.
    pub world: Arc<World>,
    /// The connection to the catalogue.
    pub session: Session,
    /// This backup server.
    pub server: BackupServer,
    /// All nodes of the catalogue.
    pub nodes: Vec<PgsqlNode>,
    /// Its root directory.
    pub root: PathBuf,
    /// The point in time of this pass.
    pub as_of: DateTime<Utc>,
    /// Where files may be deleted.
    pub places: Arc<Places>,
    /// Looks at files, in a process that can be given up.
    pub looker: Mutex<Looker>,
    /// Definitions whose databases were certainly missing in this very pass: only their quarantine may end in it.
    pub certainly_gone: BTreeSet<DefId>,
}

impl Situation {
    /// Asks the catalogue something, with a limit of time: a catalogue that hangs is one that is away.
    pub async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, CatalogError>>,
    ) -> Result<T, CatalogError> {
        match with_deadline(&self.session.canceller(), ANSWER_LIMIT, question).await {
            Ok(answer) => Ok(answer),
            Err(DeadlineError::Failed(error)) => Err(error),
            Err(elapsed @ DeadlineError::Elapsed(_)) => Err(CatalogError::Unavailable {
                action: "ask the catalogue",
                reason: elapsed.to_string(),
            }),
        }
    }

    /// What lines of the log are about: the fields `node` and `dbname`, as far as they are known.
    pub fn place(&self, node: Option<NodeId>, dbname: Option<&str>) -> Span {
        let node = node.and_then(|id| self.nodes.iter().find(|node| node.id == id));
        let fqdn = node.map(|node| display(node.fqdn()));
        let dbname = dbname.filter(|name| !name.is_empty()).map(display);
        tracing::info_span!("place", node = fqdn, dbname)
    }

    /// Every directory below which results may wait: the server's root, and the roots of the local configuration, where an
    /// earlier root directory may be one.
    pub fn roots(&self) -> Vec<PathBuf> {
        let mut roots = vec![self.root.clone()];
        for root in &self.world.config.backup_server.backup_roots {
            if !roots.contains(root) {
                roots.push(root.clone());
            }
        }
        roots
    }
}

/// Runs work on files where it holds up nothing else.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::Failed(format!("the work on files broke off: {error}")))
}
