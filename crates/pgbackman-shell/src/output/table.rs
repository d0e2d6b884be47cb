//! Tables with ASCII borders, written row by row into columns whose widths are known beforehand.

use std::io::{self, Write};

use super::{Align, Column, cell};

/// Which way a cell's value leans.
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
        }
    }
}

/// A table being written.
#[derive(Debug)]
pub struct Table<W> {
    out: W,
    columns: Vec<(Lean, usize)>,
}

impl<W: Write> Table<W> {
    /// Writes the header. A column is as wide as its heading or its widest value.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(columns: &[Column], widths: &[usize], out: W) -> io::Result<Self> {
        let widths = widths.iter().copied().chain(std::iter::repeat(0));
        let layout = columns
            .iter()
            .zip(widths)
            .map(|(column, width)| (column.align.into(), width.max(cell::width(column.heading))));
        let mut table = Self {
            out,
            columns: layout.collect(),
        };
        table.border()?;
        let headings: Vec<_> = columns.iter().map(|column| Some(column.heading)).collect();
        table.row(&headings)?;
        table.border()?;
        Ok(table)
    }

    /// A table without a header, whose two columns are labels and values.
    pub(super) fn vertical(label_width: usize, value_width: usize, out: W) -> io::Result<Self> {
        let mut table = Self {
            out,
            columns: vec![(Lean::Right, label_width), (Lean::Left, value_width)],
        };
        table.border()?;
        Ok(table)
    }

    /// Writes a row; NULL is an empty cell.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, values: &[Option<&str>]) -> io::Result<()> {
        for ((lean, width), value) in self.columns.iter().zip(values) {
            let text = cell::printable(value.unwrap_or_default());
            let used = cell::width(&text);
            let (left, right) = padding(*lean, used, *width);
            write!(self.out, "| {:left$}{text}{:right$} ", "", "")?;
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

    fn border(&mut self) -> io::Result<()> {
        for (_, width) in &self.columns {
            write!(self.out, "+{:-<1$}", "", width + 2)?;
        }
        self.out.write_all(b"+\n")
    }
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
        let mut table = Table::begin(&columns, &row.map(cell::width), &mut text).unwrap();
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
    fn a_row_stays_one_line_whatever_it_holds() {
        let columns = [Column {
            heading: "DBname",
            key: "dbname",
            align: Align::Left,
        }];
        let mut text = Vec::new();
        let values = ["a\nb", "日本", ""];
        let widest = values.map(cell::width).into_iter().max().unwrap();
        let mut table = Table::begin(&columns, &[widest], &mut text).unwrap();
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
