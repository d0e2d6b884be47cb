//! What a list looks like: its columns and the statement behind it.

/// How a column stands in a table (`docs/spec/shell.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// IDs, ports, durations, codes and statuses.
    Centre,
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
    /// A SELECT of text columns, without its order.
    pub(super) select: &'static str,
    /// `ORDER BY …`, or empty.
    pub(super) order: &'static str,
}

impl Layout {
    /// The statement for the rows.
    pub(super) fn ordered(&self) -> String {
        [self.select, self.order].join(" ")
    }

    /// The statement for the widths: one row with a number per column, 0 where there are no rows or only NULL.
    ///
    /// A width is what a terminal needs, counted as `wcwidth` would: East Asian wide characters take two columns. Only
    /// texts that are not plain ASCII are looked at closer. Control characters count one.
    pub(super) fn widths(&self) -> String {
        let mut statement = String::from("SELECT ");
        for index in 1..=self.columns.len() {
            if index > 1 {
                statement.push_str(", ");
            }
            statement.push_str(&WIDTH.replace("$COLUMN", &column_name(index)));
        }
        statement.push_str(" FROM (");
        statement.push_str(self.select);
        statement.push_str(") AS list (");
        statement.push_str(
            &(1..=self.columns.len())
                .map(column_name)
                .collect::<Vec<_>>()
                .join(", "),
        );
        statement.push(')');
        statement
    }
}

/// The greatest width of a column. The ranges are Unicode's East Asian Wide and Fullwidth blocks, and emoji.
const WIDTH: &str = "coalesce(max(CASE WHEN octet_length($COLUMN) = char_length($COLUMN) THEN char_length($COLUMN) \
    ELSE char_length($COLUMN) + char_length(regexp_replace($COLUMN, \
    '[^\\u1100-\\u115F\\u2E80-\\uA4CF\\uAC00-\\uD7A3\\uF900-\\uFAFF\\uFE30-\\uFE6F\\uFF00-\\uFF60\\uFFE0-\\uFFE6\
    \\U0001F300-\\U0001FAFF\\U00020000-\\U0003FFFD]', '', 'g')) END), 0)";

fn column_name(index: usize) -> String {
    ["c", &index.to_string()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widths_are_asked_of_the_same_select() {
        static LAYOUT: Layout = Layout {
            name: "x",
            columns: &[Column::left("A", "a"), Column::centre("B", "b")],
            groups: &[],
            vertical: false,
            select: "SELECT a, b FROM x",
            order: "ORDER BY a",
        };
        let widths = LAYOUT.widths();
        assert!(
            widths.ends_with("FROM (SELECT a, b FROM x) AS list (c1, c2)"),
            "{widths}"
        );
        assert!(!widths.contains("ORDER BY"), "{widths}");
        assert_eq!(LAYOUT.ordered(), "SELECT a, b FROM x ORDER BY a");
    }
}
