//! Filters of lists: what is `None` does not restrict, what is given combines with AND (`docs/spec/shell.md`).

use tokio_postgres::types::ToSql;

use crate::domain::ids::{DefId, NodeId, ServerId};
use crate::domain::status::ExecutionStatus;

/// Which rows a list of definitions or restores shows. An empty list matches nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Any of these backup servers.
    pub servers: Option<Vec<ServerId>>,
    /// Any of these PgSQL nodes; the target nodes in lists of restores.
    pub nodes: Option<Vec<NodeId>>,
    /// Any of these databases, exactly as named; the target databases in lists of restores.
    pub dbnames: Option<Vec<String>>,
}

/// Which rows the list of backups shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogFilter {
    /// Servers, nodes and databases.
    pub filter: Filter,
    /// Any of these definitions.
    pub definitions: Option<Vec<DefId>>,
    /// Any of these statuses.
    pub statuses: Option<Vec<ExecutionStatus>>,
}

impl Filter {
    /// `$1` integer[], `$2` bigint[], `$3` text[].
    pub(super) fn parameters(&self) -> Vec<Box<dyn ToSql + Send + Sync>> {
        let servers: Option<Vec<i32>> = self
            .servers
            .as_ref()
            .map(|ids| ids.iter().map(|id| id.get()).collect());
        let nodes: Option<Vec<i64>> = self
            .nodes
            .as_ref()
            .map(|ids| ids.iter().map(|id| id.get()).collect());
        vec![
            Box::new(servers),
            Box::new(nodes),
            Box::new(self.dbnames.clone()),
        ]
    }
}

impl CatalogFilter {
    /// [`Filter`]'s, then `$4` bigint[], `$5` text[].
    pub(super) fn parameters(&self) -> Vec<Box<dyn ToSql + Send + Sync>> {
        let definitions: Option<Vec<i64>> = self
            .definitions
            .as_ref()
            .map(|ids| ids.iter().map(|id| id.get()).collect());
        let statuses: Option<Vec<&'static str>> = self
            .statuses
            .as_ref()
            .map(|statuses| statuses.iter().map(|status| status.as_str()).collect());
        let mut parameters = self.filter.parameters();
        parameters.push(Box::new(definitions));
        parameters.push(Box::new(statuses));
        parameters
    }
}
