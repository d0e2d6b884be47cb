//! How a list or the details of one thing get from the catalogue to where results go.

use std::cell::Cell;

use futures_util::TryStreamExt;
use pgbackman_core::catalog::reports::Report;

use crate::error::CommandError;
use crate::output::{Entry, Format, ListWriter, write_vertical};
use crate::shell::Shell;

impl Shell {
    /// Shows a list of the catalogue, row by row as it comes.
    ///
    /// # Errors
    /// What the catalogue says, or that it cannot be reached, or that the rows cannot be written.
    pub fn show_list(&self, report: &Report) -> Result<(), CommandError> {
        let started = Cell::new(false);
        let result = self.catalogue().read(
            || started.get(),
            async |session| {
                let format = self.format();
                let open = report.open(session).await?;
                let widths = if format == Format::Table {
                    open.widths().await?
                } else {
                    Vec::new()
                };
                let mut rows = open.stream().await?;
                started.set(true);
                let layout = report.layout();
                let mut list = match ListWriter::begin(
                    format,
                    layout.name,
                    layout.columns,
                    &widths,
                    self.out(),
                ) {
                    Ok(list) => list,
                    Err(error) => return Ok(Err(error)),
                };
                while let Some(row) = rows.try_next().await? {
                    let cells: Vec<Option<&str>> = row.iter().map(Option::as_deref).collect();
                    if let Err(error) = list.row(&cells) {
                        return Ok(Err(error));
                    }
                }
                drop(rows);
                open.close().await?;
                Ok(list.end())
            },
        );
        result?
    }

    /// Shows one thing as a vertical table; false when there is nothing to show.
    ///
    /// # Errors
    /// What the catalogue says, or that it cannot be reached, or that the table cannot be written.
    pub fn show_details(&self, report: &Report) -> Result<bool, CommandError> {
        let rows = self.read(async |session| report.rows(&**session).await)?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(false);
        };
        let layout = report.layout();
        let mut entries = Vec::new();
        for (index, (column, value)) in layout.columns.iter().zip(row).enumerate() {
            if layout.groups.contains(&index) {
                entries.push(Entry::Separator);
            }
            entries.push(Entry::Value(*column, value));
        }
        write_vertical(self.format(), layout.name, &entries, self.out())?;
        Ok(true)
    }
}
