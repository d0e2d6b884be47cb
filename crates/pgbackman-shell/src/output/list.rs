//! A list written row by row in the selected format.

use std::io::Write;

use pgbackman_core::catalogue::reports::{Column, Field};

use super::csv::CsvList;
use super::fit::{self, Plan};
use super::format::Format;
use super::ids::Ids;
use super::json::JsonList;
use super::json2::Json2List;
use super::presentation::Presentation;
use super::table::Table;
use super::vertical::Blocks;
use crate::error::CommandError;

/// A list being written.
#[derive(Debug)]
pub struct ListWriter<W: Write> {
    inner: Inner<W>,
    /// The columns whose values lose their leading zeros, if there are any.
    ids: Option<(Ids, Vec<Column>)>,
}

#[derive(Debug)]
enum Inner<W: Write> {
    Table(Table<W>),
    Blocks(Blocks<W>),
    Csv(Box<CsvList<W>>),
    Json(JsonList<W>),
    Json2(Json2List<W>),
}

impl<W: Write> ListWriter<W> {
    /// Writes the beginning of the list.
    ///
    /// `result` is the list's name in JSON; `fields` replace the columns in JSON for programs; `widths` are the
    /// widths of the widest values in terminal columns, which only a table needs.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(
        presentation: Presentation,
        result: &str,
        columns: &[Column],
        fields: &[Field],
        widths: &[usize],
        out: W,
    ) -> Result<Self, CommandError> {
        let inner = match presentation.format {
            Format::Table => match fit::plan(presentation, columns, widths) {
                Plan::Rows(widths) => {
                    Inner::Table(Table::begin(columns, &widths, presentation.paint, out)?)
                }
                Plan::Blocks(most) => {
                    let widths: Vec<usize> = widths.iter().map(|width| *width.min(&most)).collect();
                    Inner::Blocks(Blocks::begin(columns, &widths, presentation.paint, out))
                }
            },
            Format::Csv => Inner::Csv(Box::new(CsvList::begin(columns, out)?)),
            Format::Json => Inner::Json(JsonList::begin(result, columns, out)?),
            Format::Json2 => Inner::Json2(Json2List::begin(fields, out)?),
        };
        let ids = (presentation.ids == Ids::Plain && presentation.format != Format::Json2)
            .then(|| (presentation.ids, columns.to_vec()));
        Ok(Self { inner, ids })
    }

    /// Writes a row from the cells of the format; `None` is NULL.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn row(&mut self, values: &[Option<&str>]) -> Result<(), CommandError> {
        let plain: Vec<Option<&str>>;
        let values = match &self.ids {
            None => values,
            Some((ids, columns)) => {
                let cells = columns.iter().zip(values);
                plain = cells
                    .map(|(column, value)| value.map(|value| ids.shown(column, value)))
                    .collect();
                &plain
            }
        };
        match &mut self.inner {
            Inner::Table(table) => Ok(table.row(values)?),
            Inner::Blocks(blocks) => Ok(blocks.row(values)?),
            Inner::Csv(list) => list.row(values),
            Inner::Json(list) => Ok(list.row(values)?),
            Inner::Json2(list) => list.row(values),
        }
    }

    /// Writes the end of the list.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn end(self) -> Result<(), CommandError> {
        match self.inner {
            Inner::Table(table) => Ok(table.end()?),
            Inner::Blocks(blocks) => Ok(blocks.end()?),
            Inner::Csv(list) => list.end(),
            Inner::Json(list) => Ok(list.end()?),
            Inner::Json2(list) => list.end(),
        }
    }
}

#[cfg(test)]
mod tests {
    use pgbackman_core::catalogue::reports::Align;

    use super::*;
    use crate::output::Style;

    fn list(rows: &[[&str; 2]]) -> String {
        let column = |heading, key| Column {
            heading,
            key,
            align: Align::Centre,
        };
        let columns = [column("NodeID", "node_id"), column("FQDN", "fqdn")];
        let mut text = Vec::new();
        let presentation = Presentation {
            style: Style::Vertical,
            ..Format::Table.into()
        };
        let widths = [6, 9];
        let mut list = ListWriter::begin(
            presentation,
            "pgsql_nodes",
            &columns,
            &[],
            &widths,
            &mut text,
        )
        .unwrap();
        for row in rows {
            list.row(&row.map(Some)).unwrap();
        }
        list.end().unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_vertical_list_is_a_block_for_each_row() {
        let expected = "\
+---------+-----------+
| NodeID: | 000001    |
|   FQDN: | pg.a.org  |
+---------+-----------+
| NodeID: | 000002    |
|   FQDN: | pg2.a.org |
+---------+-----------+
";
        assert_eq!(
            list(&[["000001", "pg.a.org"], ["000002", "pg2.a.org"]]),
            expected
        );
        assert!(list(&[]).contains("| NodeID | FQDN |"), "{}", list(&[]));
    }
}
