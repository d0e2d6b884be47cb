//! Vertical tables: no header, labels to the right, values to the left. A list has one block for each row.

use std::io::{self, Write};

use pgbackman_core::catalogue::reports::Column;

use super::cell;
use super::colour::Paint;
use super::table::Table;

/// A column's label: its heading, ending in a colon.
pub(super) fn label(column: &Column) -> String {
    format!("{}:", column.heading)
}

/// The width of the widest text in terminal columns.
pub(super) fn widest<'t>(texts: impl Iterator<Item = &'t str>) -> usize {
    texts.map(cell::width).max().unwrap_or(0)
}

/// A list as vertical tables, one block for each row, with a border between two blocks.
#[derive(Debug)]
pub(super) struct Blocks<W> {
    columns: Vec<(String, Column)>,
    widths: Vec<usize>,
    paint: Paint,
    state: State<W>,
}

/// A table's first border is written with its first row, since an empty list has none.
#[derive(Debug)]
enum State<W> {
    Empty(W),
    Begun(Table<W>),
    /// Between the first and the last border, and after a failure.
    Lost,
}

impl<W: Write> Blocks<W> {
    /// Creates a list without writing anything yet.
    pub(super) fn begin(columns: &[Column], widths: &[usize], paint: Paint, out: W) -> Self {
        Self {
            columns: columns
                .iter()
                .map(|column| (label(column), *column))
                .collect(),
            widths: widths.to_vec(),
            paint,
            state: State::Empty(out),
        }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn row(&mut self, values: &[Option<&str>]) -> io::Result<()> {
        let mut table = match std::mem::replace(&mut self.state, State::Lost) {
            State::Empty(out) => {
                let labels = widest(self.columns.iter().map(|(label, _)| label.as_str()));
                let values = self.widths.iter().copied().max().unwrap_or(0);
                Table::vertical(labels, values, self.paint, out)?
            }
            State::Begun(mut table) => {
                table.border()?;
                table
            }
            State::Lost => return Err(io::Error::other("an earlier row could not be written")),
        };
        for ((label, column), value) in self.columns.iter().zip(values) {
            table.line(label, column, *value)?;
        }
        self.state = State::Begun(table);
        Ok(())
    }

    /// Writes the last border; for an empty list the header of the other style.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn end(self) -> io::Result<()> {
        match self.state {
            State::Begun(table) => table.end(),
            State::Empty(out) => {
                let columns: Vec<Column> = self.columns.iter().map(|(_, column)| *column).collect();
                Table::begin(&columns, &[], self.paint, out)?.end()
            }
            State::Lost => Ok(()),
        }
    }
}
