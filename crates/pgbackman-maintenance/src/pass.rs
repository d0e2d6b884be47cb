//! What a pass knows, and how it asks the catalogue.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::conninfo::Session;
use pgbackman_core::daemon::question;
use pgbackman_core::domain::ids::{DefId, NodeId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::server::BackupServer;
use tokio::sync::Mutex;
use tracing::Span;
use tracing::field::display;

use crate::daemon::Maintenance;
use crate::files::places::Places;
use crate::look::looker::Looker;
use crate::removal::remover::Remover;

/// How long one question to the catalogue may take. A catalogue that takes longer is unavailable.
const ANSWER_LIMIT: Duration = Duration::from_secs(300);

/// What one pass knows.
pub struct Pass {
    /// The daemon.
    pub daemon: Arc<Maintenance>,
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
    /// Deletes files, in a process that can be given up.
    pub remover: Mutex<Remover>,
    /// Definitions whose databases were certainly missing in this very pass: only their quarantine may end in it.
    pub certainly_gone: BTreeSet<DefId>,
}

impl Pass {
    /// Asks the catalogue something, with a limit of time.
    pub async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, CatalogError>>,
    ) -> Result<T, CatalogError> {
        question::ask(&self.session, ANSWER_LIMIT, question).await
    }

    /// What lines of the log are about: the fields `node` and `dbname`, as far as they are known.
    pub fn span_of(&self, node: Option<NodeId>, dbname: Option<&str>) -> Span {
        let node = node.and_then(|id| self.nodes.iter().find(|node| node.id == id));
        let fqdn = node.map(|node| display(node.fqdn()));
        let dbname = dbname.filter(|name| !name.is_empty()).map(display);
        tracing::info_span!("place", node = fqdn, dbname)
    }

    /// Every directory below which results may wait: the server's root, and the roots of the local configuration, where an
    /// earlier root directory may be one.
    pub fn roots(&self) -> Vec<PathBuf> {
        let mut roots = vec![self.root.clone()];
        for root in &self.daemon.context.config.backup_server.backup_roots {
            if !roots.contains(root) {
                roots.push(root.clone());
            }
        }
        roots
    }
}
