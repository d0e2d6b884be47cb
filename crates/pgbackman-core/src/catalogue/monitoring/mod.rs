//! What monitoring asks: how each definition stands, and what there is of backups, queues and runs. A statement for each
//! kind of thing and none for each of them, so that 10 000 definitions are asked about as fast as ten.

mod definitions;
mod files;
mod single;
mod totals;

pub use definitions::{DefinitionState, LastRun, UsableBackup, definitions};
pub use files::{FilesTotals, files};
pub use single::{Discovered, active_definitions, last_status};
pub use totals::{
    BackupTotals, QueueTotals, RunTotals, Totals, now, servers_of, totals, waiting_jobs,
};

use tokio_postgres::types::ToSql;

use crate::domain::ids::{DefId, NodeId, ServerId};

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    /// Only this backup server.
    pub server: Option<ServerId>,
    /// Only this node.
    pub node: Option<NodeId>,
    /// Only this definition.
    pub definition: Option<DefId>,
}

/// A scope as `$1` integer, `$2` bigint, `$3` bigint.
struct Parameters(Option<i32>, Option<i64>, Option<i64>);

impl From<&Scope> for Parameters {
    fn from(scope: &Scope) -> Self {
        Self(
            scope.server.map(ServerId::get),
            scope.node.map(NodeId::get),
            scope.definition.map(DefId::get),
        )
    }
}

impl Parameters {
    fn all(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.0, &self.1, &self.2]
    }
}
