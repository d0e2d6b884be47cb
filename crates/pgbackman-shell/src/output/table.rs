//! Tables with ASCII borders, written row by row into columns whose widths are known beforehand.

use std::borrow::Cow;
use std::io::{self, Write};

use pgbackman_core::catalogue::reports::{Align, Column};

use super::cell;
use super::colour::Paint;

/// The alignment of a cell's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lean {
    Left,
    Centre,
    Right,
}

impl From<Align> for Lean {
    fn from(align: Align) -> Self {
        match align {
            Align::Left => Self::Left,
            Align::Centre => Self::Centre,
            Align::Right => Self::Right,
        }
    }
}

/// A table being written.
#[derive(Debug)]
pub struct Table<W> {
    out: W,
    columns: Vec<ColumnLayout>,
    paint: Paint,
}

/// The alignment of a column's cells.
#[derive(Debug, Clone, Copy)]
struct ColumnLayout {
    lean: Lean,
    width: usize,
    /// Whether the cells are statuses, which may be coloured.
    is_status: bool,
}

impl<W: Write> Table<W> {
    /// Writes the header. A column is as wide as its heading or its widest value.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(columns: &[Column], widths: &[usize], paint: Paint, out: W) -> io::Result<Self> {
        let widths = widths.iter().copied().chain(std::iter::repeat(0));
        let places = columns
            .iter()
            .zip(widths)
            .map(|(column, width)| ColumnLayout {
                lean: column.align.into(),
                width: width.max(cell::width(column.heading)),
                is_status: is_status(column),
            });
        let mut table = Self {
            out,
            columns: places.collect(),
            paint,
        };
        table.border()?;
        let headings: Vec<_> = columns.iter().map(|column| Some(column.heading)).collect();
        table.row(&headings)?;
        table.border()?;
        Ok(table)
    }

    /// A table without a header, whose two columns are labels and values.
    pub(super) fn vertical(
        label_width: usize,
        value_width: usize,
        paint: Paint,
        out: W,
    ) -> io::Result<Self> {
        let place = |lean, width| ColumnLayout {
            lean,
            width,
            is_status: false,
        };
        let mut table = Self {
            out,
            columns: vec![
                place(Lean::Right, label_width),
                place(Lean::Left, value_width),
            ],
            paint,
        };
        table.border()?;
        Ok(table)
    }

    /// Writes a line of a vertical table: a label, and the value of this column.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn line(
        &mut self,
        label: &str,
        column: &Column,
        value: Option<&str>,
    ) -> io::Result<()> {
        if let Some(place) = self.columns.get_mut(1) {
            place.is_status = is_status(column);
        }
        self.row(&[Some(label), value])
    }

    /// Writes a row; NULL is an empty cell, and text that is wider than its column is wrapped.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, values: &[Option<&str>]) -> io::Result<()> {
        let texts: Vec<Cow<'_, str>> = values
            .iter()
            .map(|value| cell::printable(value.unwrap_or_default()))
            .collect();
        let fits = |(place, text): (&ColumnLayout, &Cow<'_, str>)| cell::width(text) <= place.width;
        if self.columns.iter().zip(&texts).all(fits) {
            let line: Vec<&str> = texts.iter().map(|text| &**text).collect();
            return self.one_line(&line);
        }
        let cells: Vec<Vec<&str>> = self
            .columns
            .iter()
            .zip(&texts)
            .map(|(place, text)| cell::wrap(text, place.width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        for number in 0..height {
            let line: Vec<&str> = cells
                .iter()
                .map(|lines| lines.get(number).copied().unwrap_or_default())
                .collect();
            self.one_line(&line)?;
        }
        Ok(())
    }

    /// Writes a line of texts that are printable, and that fit.
    fn one_line(&mut self, texts: &[&str]) -> io::Result<()> {
        for (place, text) in self.columns.iter().zip(texts) {
            let used = cell::width(text);
            let (left, right) = padding(place.lean, used, place.width);
            let (on, off) = if place.is_status {
                self.paint.around_status(text)
            } else {
                ("", "")
            };
            write!(self.out, "| {:left$}{on}{text}{off}{:right$} ", "", "")?;
        }
        self.out.write_all(b"|\n")
    }

    /// Writes the last border.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self) -> io::Result<()> {
        self.border()?;
        self.out.flush()
    }

    pub(super) fn border(&mut self) -> io::Result<()> {
        for place in &self.columns {
            write!(self.out, "+{:-<1$}", "", place.width + 2)?;
        }
        self.out.write_all(b"+\n")
    }
}

/// Whether a column contains results of runs.
fn is_status(column: &Column) -> bool {
    column.key.ends_with("status")
}

/// The blanks left and right of a value. A centred value of even width leans right when the blanks cannot be shared
/// evenly, one of odd width leans left, as in the specification's example (`|  Status |`).
fn padding(lean: Lean, used: usize, width: usize) -> (usize, usize) {
    let free = width.saturating_sub(used);
    match lean {
        Lean::Left => (0, free),
        Lean::Right => (free, 0),
        Lean::Centre => {
            let left = if used.is_multiple_of(2) {
                free.div_ceil(2)
            } else {
                free / 2
            };
            (left, free - left)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_example_comes_out_letter_by_letter() {
        let centre = |heading| Column {
            heading,
            key: "",
            align: Align::Centre,
        };
        let left = |heading| Column {
            heading,
            key: "",
            align: Align::Left,
        };
        let columns = [
            centre("NodeID"),
            left("FQDN"),
            centre("Pgport"),
            centre("Admin user"),
            centre("Status"),
            left("Remarks"),
        ];
        let row = [
            "000001",
            "pg-node01.example.net",
            "5432",
            "postgres",
            "RUNNING",
            "Test",
        ];
        let mut text = Vec::new();
        let mut table =
            Table::begin(&columns, &row.map(cell::width), Paint::Plain, &mut text).unwrap();
        table.row(&row.map(Some)).unwrap();
        table.end().unwrap();
        let expected = "\
+--------+-----------------------+--------+------------+---------+---------+
| NodeID | FQDN                  | Pgport | Admin user |  Status | Remarks |
+--------+-----------------------+--------+------------+---------+---------+
| 000001 | pg-node01.example.net |  5432  |  postgres  | RUNNING | Test    |
+--------+-----------------------+--------+------------+---------+---------+
";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn a_status_that_needs_a_look_is_coloured_and_takes_no_more_room() {
        let column = |heading, key| Column {
            heading,
            key,
            align: Align::Centre,
        };
        let columns = [column("DBname", "dbname"), column("Status", "status")];
        let mut text = Vec::new();
        let mut table = Table::begin(&columns, &[6, 7], Paint::Coloured, &mut text).unwrap();
        table.row(&[Some("ERROR"), Some("ERROR")]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.ends_with("+\n| ERROR  |  \x1b[1;31mERROR\x1b[0m  |\n"),
            "{text}"
        );
    }

    #[test]
    fn a_row_stays_one_line_whatever_it_holds() {
        let columns = [Column {
            heading: "DBname",
            key: "dbname",
            align: Align::Left,
        }];
        let mut text = Vec::new();
        let values = ["a\nb", "日本", ""];
        let widest = values.map(cell::width).into_iter().max().unwrap();
        let mut table = Table::begin(&columns, &[widest], Paint::Plain, &mut text).unwrap();
        for value in values {
            table.row(&[Some(value)]).unwrap();
        }
        table.row(&[None]).unwrap();
        table.end().unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.lines().all(|line| cell::width(line) == 10), "{text}");
        assert!(
            text.contains("| a\\nb   |\n| 日本   |\n|        |\n|        |\n"),
            "{text}"
        );
    }
}
