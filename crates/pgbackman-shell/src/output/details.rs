//! The details of one object: a vertical table, or a list of one row.

use std::io::Write;

use pgbackman_core::catalogue::reports::{Align, Column, Field, Type};

use super::fit;
use super::format::Format;
use super::list::ListWriter;
use super::presentation::Presentation;
use super::table::Table;
use super::vertical::{label, widest};
use crate::error::CommandError;

/// A line of a vertical table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A label (the column's heading, without its colon) and its value; `None` is NULL.
    Value(Column, Option<String>),
    /// The same, with the value for programs: its type, and the text that the type parses.
    Typed(Column, Option<String>, (Type, Option<String>)),
    /// The blank line between two groups.
    Separator,
    /// A heading above a group.
    Heading(String),
}

/// Writes the entries: as a vertical table, or as a list of one row without separators and headings. A form alone is the
/// plain presentation of it.
///
/// # Errors
/// When it cannot be written.
pub fn write_vertical<W: Write>(
    presentation: impl Into<Presentation>,
    result: &str,
    entries: &[Entry],
    out: W,
) -> Result<(), CommandError> {
    let presentation = presentation.into();
    if presentation.format == Format::Table {
        return write_table(entries, presentation, out);
    }
    let fields = fields(entries);
    let values = entries.iter().filter_map(|entry| match entry {
        Entry::Typed(column, _, (_, raw)) if presentation.format == Format::Json2 => {
            Some((*column, raw.as_deref()))
        }
        Entry::Value(column, value) | Entry::Typed(column, value, _) => {
            Some((*column, value.as_deref()))
        }
        Entry::Separator | Entry::Heading(_) => None,
    });
    let (columns, row): (Vec<Column>, Vec<Option<&str>>) = values.unzip();
    let mut list = ListWriter::begin(presentation, result, &columns, &fields, &[], out)?;
    list.row(&row)?;
    list.end()
}

/// The fields for programs.
pub fn fields(entries: &[Entry]) -> Vec<Field> {
    let fields = entries.iter().filter_map(|entry| match entry {
        Entry::Value(column, _) => Some(Field::new(column.key, Type::Text)),
        Entry::Typed(column, _, (kind, _)) => Some(Field::new(column.key, *kind)),
        Entry::Separator | Entry::Heading(_) => None,
    });
    fields.collect()
}

/// An entry without a key, such as a heading.
const NO_COLUMN: Column = Column {
    heading: "",
    key: "",
    align: Align::Left,
};

fn write_table<W: Write>(
    entries: &[Entry],
    presentation: Presentation,
    out: W,
) -> Result<(), CommandError> {
    let lines: Vec<(String, &Column, Option<&str>)> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Value(column, value) | Entry::Typed(column, value, _) => {
                let value = value
                    .as_deref()
                    .map(|value| presentation.ids.shown(column, value));
                (label(column), column, value)
            }
            Entry::Separator => (String::new(), &NO_COLUMN, None),
            Entry::Heading(text) => (text.clone(), &NO_COLUMN, None),
        })
        .collect();
    let labels = widest(lines.iter().map(|(label, _, _)| label.as_str()));
    let values = widest(lines.iter().filter_map(|(_, _, value)| *value));
    let most = presentation
        .width
        .map_or(usize::MAX, |screen| fit::beside(labels, screen));
    let mut table = Table::vertical(labels, values.min(most), presentation.paint, out)?;
    for (label, column, value) in &lines {
        table.line(label, column, *value)?;
    }
    Ok(table.end()?)
}

#[cfg(test)]
mod tests {
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
