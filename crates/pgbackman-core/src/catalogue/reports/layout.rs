//! What a list looks like: its columns and the statement behind it.

use super::field::Field;

/// How a column is in a table (`docs/spec/shell.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// IDs, ports, durations, codes and statuses.
    Centre,
    /// Amounts that are compared from row to row.
    Right,
}

/// A column of a list, or a line of a vertical table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The heading; a vertical table's label without its colon.
    pub heading: &'static str,
    /// The key in JSON and CSV.
    pub key: &'static str,
    /// How it stands.
    pub align: Align,
}

impl Column {
    /// A column of text.
    pub(super) const fn left(heading: &'static str, key: &'static str) -> Self {
        Self {
            heading,
            key,
            align: Align::Left,
        }
    }

    /// A column of amounts.
    pub(super) const fn right(heading: &'static str, key: &'static str) -> Self {
        Self {
            heading,
            key,
            align: Align::Right,
        }
    }

    /// A centred column.
    pub(super) const fn centre(heading: &'static str, key: &'static str) -> Self {
        Self {
            heading,
            key,
            align: Align::Centre,
        }
    }
}

/// A list's form and its fixed SQL.
#[derive(Debug)]
pub struct Layout {
    /// `<result>` in JSON: the command without `show_`.
    pub name: &'static str,
    /// The columns, in the statement's order.
    pub columns: &'static [Column],
    /// For a vertical table the indexes of the columns that begin a group; empty for lists.
    pub groups: &'static [usize],
    /// Whether it is shown as a vertical table: one row, labels on the left.
    pub vertical: bool,
    /// A SELECT of text columns, without its FROM.
    pub(super) select: &'static str,
    /// What programs get (`json2`): the values themselves, with their types. It has each column's key, and more.
    pub fields: &'static [Field],
    /// `FROM … WHERE …`, of which the columns and the fields are.
    pub(super) from: &'static str,
    /// `ORDER BY …`, or empty.
    pub(super) order: &'static str,
}

impl Layout {
    /// The statement for the rows.
    pub(super) fn ordered(&self) -> String {
        [self.select, self.from, self.order].join(" ")
    }

    /// The statement for the fields of the rows, each as the text that its type reads. The names are ours: a text that keeps
    /// the name of its column would be what the rows are ordered by.
    pub(super) fn typed(&self) -> String {
        let values = join(
            self.fields.iter().zip(1..).map(|(field, index)| {
                [field.kind.as_text(field.sql), column_name(index)].join(" AS ")
            }),
            ", ",
        );
        format!("SELECT {values} {} {}", self.from, self.order)
    }

    /// The statement for what a table needs to know before its first row: how many rows there are, then for each column
    /// the greatest length among its plain cells and whether it has others.
    ///
    /// Plain cells are those of printable ASCII: as many columns of a terminal as characters. The inner SELECT computes
    /// one number for each cell; `OFFSET 0` keeps the planner from computing it twice.
    ///
    /// `is_bare` says of which columns zeros before the value are not shown.
    pub(super) fn extent(&self, is_bare: impl Fn(&Column) -> bool) -> String {
        let columns = || 1..=self.columns.len();
        let lengths = join(
            self.columns.iter().zip(columns()).map(|(column, index)| {
                let length = if is_bare(column) { BARE_LENGTH } else { LENGTH };
                length.replace("$COLUMN", &column_name(index))
            }),
            ", ",
        );
        let extremes = columns().map(|index| EXTREMES.replace("$COLUMN", &column_name(index)));
        let extremes: String = extremes.map(|pair| [", ", &pair].concat()).collect();
        let list = self.as_list();
        format!("SELECT count(*){extremes} FROM (SELECT {lengths} FROM {list} OFFSET 0) AS cells")
    }

    /// The statement for the different cells of a column that are not plain, to be measured one by one.
    pub(super) fn not_plain(&self, index: usize) -> String {
        let column = column_name(index + 1);
        let list = self.as_list();
        format!("SELECT DISTINCT {column} FROM {list} WHERE {column} {NOT_PLAIN}")
    }

    /// The rows under names of ours, as a part of another statement.
    fn as_list(&self) -> String {
        let names = join((1..=self.columns.len()).map(column_name), ", ");
        format!("({} {}) AS list ({names})", self.select, self.from)
    }
}

/// Whether a cell has a character that is not printable ASCII.
const NOT_PLAIN: &str = "~ '[^ -~]'";

/// The length of a plain cell, -1 for any other.
const LENGTH: &str =
    "CASE WHEN $COLUMN ~ '[^ -~]' THEN -1 ELSE octet_length($COLUMN) END AS $COLUMN";

/// The same without the zeros before the value.
const BARE_LENGTH: &str =
    "CASE WHEN $COLUMN ~ '[^ -~]' THEN -1 ELSE octet_length(ltrim($COLUMN, '0')) END AS $COLUMN";

/// The greatest length, and whether there is a cell that is not plain.
const EXTREMES: &str = "greatest(coalesce(max($COLUMN), 0), 0), coalesce(min($COLUMN) < 0, false)";

fn join(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

fn column_name(index: usize) -> String {
    ["c", &index.to_string()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extent_is_asked_of_the_same_select() {
        static LAYOUT: Layout = Layout {
            name: "x",
            columns: &[Column::left("A", "a"), Column::centre("B", "b")],
            groups: &[],
            vertical: false,
            select: "SELECT a, b",
            fields: &[Field::integer("a", "raw")],
            from: "FROM x",
            order: "ORDER BY a",
        };
        let extent = LAYOUT.extent(|column| column.key == "b");
        assert!(
            extent.contains("FROM (SELECT a, b FROM x) AS list (c1, c2) OFFSET 0"),
            "{extent}"
        );
        assert!(!extent.contains("ORDER BY"), "{extent}");
        assert!(extent.contains("octet_length(c1)"), "{extent}");
        assert!(extent.contains("octet_length(ltrim(c2, '0'))"), "{extent}");
        assert_eq!(
            LAYOUT.not_plain(1),
            "SELECT DISTINCT c2 FROM (SELECT a, b FROM x) AS list (c1, c2) WHERE c2 ~ '[^ -~]'"
        );
        assert_eq!(LAYOUT.ordered(), "SELECT a, b FROM x ORDER BY a");
        assert_eq!(
            LAYOUT.typed(),
            "SELECT (raw)::bigint::text AS c1 FROM x ORDER BY a"
        );
    }
}
