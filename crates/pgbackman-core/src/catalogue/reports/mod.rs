//! The shell's lists (`show_…`, `docs/spec/shell.md`): fixed SQL, typed filters, and every cell as the shell shows it.
//!
//! A [`Report`] is read whole with [`Report::rows`], or streamed with [`Report::open`], which asks for the number of rows
//! and the columns' widths first and for the rows then, in one snapshot (trap 36).

mod alerts;
mod backups_in_progress;
mod catalogue;
mod clones;
mod columns;
mod daemons;
mod definitions;
mod details;
mod disk_space;
mod field;
mod fields;
mod filter;
mod format;
mod in_tables;
mod layout;
mod maintenance_windows;
mod restores;
mod retention;
mod retry_policies;
mod servers;
mod statistics;
mod stream;

use tokio_postgres::GenericClient;
use tokio_postgres::types::ToSql;

use super::error::{CatalogError, sql};

pub use alerts::alerts;
pub use backups_in_progress::backups_in_progress;
pub use catalogue::{backup_catalog, backup_servers, jobs_queue, pgsql_nodes};
pub use clones::clones;
pub use daemons::daemons;
pub use definitions::{
    backup_definitions, empty_backup_catalogs, snapshot_definitions, snapshots_in_progress,
};
pub use details::{backup_details, restore_details};
pub use disk_space::disk_space;
pub use field::{Field, NotOfItsType, Type, typed};
pub use filter::{CatalogFilter, Filter};
pub use layout::{Align, Column, Layout};
pub use maintenance_windows::maintenance_windows;
pub use restores::{restore_catalog, restore_definitions, restores_in_progress};
pub use retention::{pgsql_node_questions, retention};
pub use retry_policies::retry_policies;
pub use servers::{backup_server_config, pgsql_node_config};
pub use statistics::{backup_server_stats, pgbackman_stats, pgsql_node_stats};
pub use stream::{Extent, OpenReport};

/// One cell, or NULL.
pub type Cell = Option<String>;

/// Which cells of a list are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// The columns, as tables show them.
    Shown,
    /// The fields, as texts that their types read ([`typed`]).
    Typed,
}

impl Cells {
    /// The statement for the rows, and how many cells each has.
    fn of(self, layout: &Layout) -> (String, usize) {
        match self {
            Self::Shown => (layout.ordered(), layout.columns.len()),
            Self::Typed => (layout.typed(), layout.fields.len()),
        }
    }
}

/// A list with its filters, ready to be read.
pub struct Report {
    layout: &'static Layout,
    parameters: Vec<Box<dyn ToSql + Send + Sync>>,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report")
            .field("name", &self.layout.name)
            .finish_non_exhaustive()
    }
}

impl Report {
    fn new(layout: &'static Layout, parameters: Vec<Box<dyn ToSql + Send + Sync>>) -> Self {
        Self { layout, parameters }
    }

    /// The same list as a table shows it to people.
    #[must_use]
    pub fn in_a_table(self) -> Self {
        Self {
            layout: in_tables::layout(self.layout),
            ..self
        }
    }

    /// Name, columns and form.
    pub fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// All rows at once: for lists that are short by nature.
    pub async fn rows(
        &self,
        client: &impl GenericClient,
        cells: Cells,
    ) -> Result<Vec<Vec<Cell>>, CatalogError> {
        let (statement, count) = cells.of(self.layout);
        let rows = client
            .query(&statement, &self.borrowed())
            .await
            .map_err(sql(ACTION))?;
        rows.iter().map(|row| stream::cells(row, count)).collect()
    }

    /// Begins to stream: a REPEATABLE READ, READ ONLY transaction in which widths and rows agree.
    pub async fn open<'a>(
        &'a self,
        client: &'a mut tokio_postgres::Client,
    ) -> Result<OpenReport<'a>, CatalogError> {
        OpenReport::begin(self, client).await
    }

    fn borrowed(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.parameters
            .iter()
            .map(|parameter| &**parameter as &(dyn ToSql + Sync))
            .collect()
    }
}

/// Completes "could not …".
const ACTION: &str = "read a list from the catalogue";
