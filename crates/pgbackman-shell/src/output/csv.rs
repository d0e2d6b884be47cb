//! Lists as CSV (RFC 4180): a header in `snake_case`, lines that end in CRLF, NULL as an empty field.

use std::io::{self, Write};

use ::csv::{ErrorKind, Terminator, Writer, WriterBuilder};

use pgbackman_core::catalogue::reports::Column;

use crate::error::CommandError;

/// A CSV list being written.
#[derive(Debug)]
pub struct CsvList<W: Write> {
    writer: Writer<W>,
}

impl<W: Write> CsvList<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(columns: &[Column], out: W) -> Result<Self, CommandError> {
        let writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(out);
        let mut list = Self { writer };
        list.record(columns.iter().map(|column| column.key))?;
        Ok(list)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, values: &[Option<&str>]) -> Result<(), CommandError> {
        self.record(values.iter().map(|value| value.unwrap_or_default()))
    }

    /// Flushes the output.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(mut self) -> Result<(), CommandError> {
        Ok(self.writer.flush()?)
    }

    fn record<'v>(&mut self, fields: impl Iterator<Item = &'v str>) -> Result<(), CommandError> {
        self.writer
            .write_record(fields)
            .map_err(|error| CommandError::Output(as_io(error)))
    }
}

/// The writer's own error, whose kind shows whether the reader has gone.
fn as_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use pgbackman_core::catalogue::reports::Align;

    use super::*;

    #[test]
    fn hostile_values_come_back_from_a_csv_parser() {
        let columns = ["pgsql_node_id", "dbname", "remarks"].map(|key| Column {
            heading: "",
            key,
            align: Align::Left,
        });
        let rows = [
            ["1", "a,b", "say \"x\""],
            ["2", "line\r\nline", " blank "],
            ["", "", ""],
        ];
        let mut text = Vec::new();
        let mut list = CsvList::begin(&columns, &mut text).unwrap();
        for row in &rows {
            list.row(&row.map(Some)).unwrap();
        }
        list.row(&[Some("3"), None, None]).unwrap();
        list.end().unwrap();
        let mut reader = ::csv::Reader::from_reader(text.as_slice());
        assert_eq!(
            reader.headers().unwrap(),
            vec!["pgsql_node_id", "dbname", "remarks"]
        );
        let read: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        assert_eq!(read[..3], rows.map(|row| row.map(str::to_owned).to_vec()));
        assert_eq!(read[3], ["3", "", ""]);
    }
}
