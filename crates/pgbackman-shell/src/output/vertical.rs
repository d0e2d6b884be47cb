//! Vertical tables: no header, labels to the right, values to the left. One shows a single thing, or each row of a list
//! as a block of its own.

use std::io::{self, Write};

use super::table::Table;
use super::{Column, Format, ListWriter, Look, Paint, cell};
use crate::error::CommandError;

/// A line of a vertical table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A label (the column's heading, without its colon) and its value; `None` is NULL.
    Value(Column, Option<String>),
    /// The blank line between two groups.
    Separator,
    /// A heading above a group.
    Heading(String),
}

/// Writes the entries: as a vertical table, or as a list of one row without separators and headings. A form alone is the
/// plain look of it.
///
/// # Errors
/// When it cannot be written.
pub fn write_vertical<W: Write>(
    look: impl Into<Look>,
    result: &str,
    entries: &[Entry],
    out: W,
) -> Result<(), CommandError> {
    let look = look.into();
    if look.format == Format::Table {
        return write_table(entries, look.paint, out);
    }
    let values = entries.iter().filter_map(|entry| match entry {
        Entry::Value(column, value) => Some((*column, value.as_deref())),
        Entry::Separator | Entry::Heading(_) => None,
    });
    let (columns, row): (Vec<Column>, Vec<Option<&str>>) = values.unzip();
    let mut list = ListWriter::begin(look, result, &columns, &[], out)?;
    list.row(&row)?;
    list.end()
}

/// Something without a key of its own, such as a heading.
const NO_COLUMN: Column = Column {
    heading: "",
    key: "",
    align: super::Align::Left,
};

fn write_table<W: Write>(entries: &[Entry], paint: Paint, out: W) -> Result<(), CommandError> {
    let lines: Vec<(String, &Column, Option<&str>)> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Value(column, value) => (label(column), column, value.as_deref()),
            Entry::Separator => (String::new(), &NO_COLUMN, None),
            Entry::Heading(text) => (text.clone(), &NO_COLUMN, None),
        })
        .collect();
    let labels = widest(lines.iter().map(|(label, _, _)| label.as_str()));
    let values = widest(lines.iter().filter_map(|(_, _, value)| *value));
    let mut table = Table::vertical(labels, values, paint, out)?;
    for (label, column, value) in &lines {
        table.line(label, column, *value)?;
    }
    Ok(table.end()?)
}

fn label(column: &Column) -> String {
    format!("{}:", column.heading)
}

fn widest<'t>(texts: impl Iterator<Item = &'t str>) -> usize {
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
    /// Between the two, and after a failure.
    Lost,
}

impl<W: Write> Blocks<W> {
    /// Writes nothing yet.
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

    /// Writes the last border; of an empty list the header that it would have in the other style.
    ///
    /// # Errors
    /// When it cannot be written.
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

#[cfg(test)]
mod tests {
    use super::super::Align;
    use super::*;

    fn written(format: Format) -> String {
        let column = |heading, key| Column {
            heading,
            key,
            align: Align::Left,
        };
        let value =
            |heading, key, value: &str| Entry::Value(column(heading, key), Some(value.to_owned()));
        let entries = [
            value("BckID", "bck_id", "000000000007"),
            Entry::Separator,
            Entry::Heading("FILES".to_owned()),
            value("DB dump file (size)", "db_dump_file", "/srv/x (12 kB)"),
            Entry::Value(column("Error message", "error_message"), None),
        ];
        let mut text = Vec::new();
        write_vertical(format, "backup_details", &entries, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn labels_lean_right_and_end_in_a_colon() {
        let expected = "\
+----------------------+----------------+
|               BckID: | 000000000007   |
|                      |                |
|                FILES |                |
| DB dump file (size): | /srv/x (12 kB) |
|       Error message: |                |
+----------------------+----------------+
";
        assert_eq!(written(Format::Table), expected);
    }

    fn list(rows: &[[&str; 2]]) -> String {
        let column = |heading, key| Column {
            heading,
            key,
            align: Align::Centre,
        };
        let columns = [column("NodeID", "node_id"), column("FQDN", "fqdn")];
        let mut text = Vec::new();
        let look = Look {
            style: super::super::Style::Vertical,
            ..Format::Table.into()
        };
        let widths = [6, 9];
        let mut list =
            ListWriter::begin(look, "pgsql_nodes", &columns, &widths, &mut text).unwrap();
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

    #[test]
    fn separators_and_headings_are_left_out_of_csv_and_json() {
        assert_eq!(
            written(Format::Csv),
            "bck_id,db_dump_file,error_message\r\n000000000007,/srv/x (12 kB),\r\n"
        );
        let json: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(
            json["backup_details"][0]["error_message"],
            serde_json::Value::Null
        );
        assert_eq!(json["backup_details"][0].as_object().unwrap().len(), 3);
    }
}
