//! One thing shown as a vertical table: no header, labels to the right, values to the left.

use std::io::Write;

use super::table::Table;
use super::{Column, Format, ListWriter, cell};
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

/// Writes the entries: as a vertical table, or as a list of one row without separators and headings.
///
/// # Errors
/// When it cannot be written.
pub fn write_vertical<W: Write>(
    format: Format,
    result: &str,
    entries: &[Entry],
    out: W,
) -> Result<(), CommandError> {
    if format == Format::Table {
        return write_table(entries, out);
    }
    let values = entries.iter().filter_map(|entry| match entry {
        Entry::Value(column, value) => Some((*column, value.as_deref())),
        Entry::Separator | Entry::Heading(_) => None,
    });
    let (columns, row): (Vec<Column>, Vec<Option<&str>>) = values.unzip();
    let mut list = ListWriter::begin(format, result, &columns, &[], out)?;
    list.row(&row)?;
    list.end()
}

fn write_table<W: Write>(entries: &[Entry], out: W) -> Result<(), CommandError> {
    let rows: Vec<(String, Option<&str>)> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Value(column, value) => (format!("{}:", column.heading), value.as_deref()),
            Entry::Separator => (String::new(), None),
            Entry::Heading(text) => (text.clone(), None),
        })
        .collect();
    let labels = rows
        .iter()
        .map(|(label, _)| cell::width(label))
        .max()
        .unwrap_or(0);
    let values = rows
        .iter()
        .map(|(_, value)| cell::width(value.unwrap_or_default()))
        .max()
        .unwrap_or(0);
    let mut table = Table::vertical(labels, values, out)?;
    for (label, value) in &rows {
        table.row(&[Some(label), *value])?;
    }
    Ok(table.end()?)
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
