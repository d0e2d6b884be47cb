//! A list written row by row in whichever format was asked for.

use std::io::Write;

use super::csv::CsvList;
use super::json::JsonList;
use super::table::Table;
use super::{Column, Format};
use crate::error::CommandError;

/// A list being written.
#[derive(Debug)]
pub struct ListWriter<W: Write> {
    inner: Inner<W>,
}

#[derive(Debug)]
enum Inner<W: Write> {
    Table(Table<W>),
    Csv(Box<CsvList<W>>),
    Json(JsonList<W>),
}

impl<W: Write> ListWriter<W> {
    /// Writes what stands before the first row.
    ///
    /// `result` is the list's name in JSON; `widths` are the widths of the widest values in terminal columns, which only a
    /// table needs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(
        format: Format,
        result: &str,
        columns: &[Column],
        widths: &[usize],
        out: W,
    ) -> Result<Self, CommandError> {
        let inner = match format {
            Format::Table => Inner::Table(Table::begin(columns, widths, out)?),
            Format::Csv => Inner::Csv(Box::new(CsvList::begin(columns, out)?)),
            Format::Json => Inner::Json(JsonList::begin(result, columns, out)?),
        };
        Ok(Self { inner })
    }

    /// Writes a row; `None` is NULL.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, values: &[Option<&str>]) -> Result<(), CommandError> {
        match &mut self.inner {
            Inner::Table(table) => Ok(table.row(values)?),
            Inner::Csv(list) => list.row(values),
            Inner::Json(list) => Ok(list.row(values)?),
        }
    }

    /// Writes what stands behind the last row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(self) -> Result<(), CommandError> {
        match self.inner {
            Inner::Table(table) => Ok(table.end()?),
            Inner::Csv(list) => list.end(),
            Inner::Json(list) => Ok(list.end()?),
        }
    }
}
