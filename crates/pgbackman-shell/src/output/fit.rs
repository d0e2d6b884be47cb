//! Fits a table to the screen: text cells are wrapped, and if they would become too narrow, each row becomes a block,
//! as with `\x auto` in `psql`. Without a screen, in a script or a pipe, nothing changes.

use pgbackman_core::catalogue::reports::{Align, Column};

use super::cell;
use super::presentation::Presentation;
use super::style::Style;

/// Width that a table adds to each value: a border and a blank on either side.
const AROUND_A_CELL: usize = 3;

/// Minimum width of a text column: times and most names are never broken.
const NARROWEST: usize = 25;

/// Minimum width of a value in a block, however narrow the screen is.
const NARROWEST_VALUE: usize = 20;

/// The lines of a table besides its rows.
const AROUND_THE_ROWS: usize = 4;

/// The layout of a list on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Plan {
    /// A line for each row, with columns of these widths.
    Rows(Vec<usize>),
    /// A block for each row, with values of at most this width.
    Blocks(usize),
}

/// The screen space that a list needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Minimum number of lines.
    pub(crate) lines: usize,
    /// How wide they are.
    pub(crate) width: usize,
    /// Whether the number of lines is exact, because no cell is wrapped.
    pub(crate) is_exact: bool,
}

/// Chooses the layout; `widths` are those of the widest values.
pub(crate) fn plan(presentation: Presentation, columns: &[Column], widths: &[usize]) -> Plan {
    let natural = natural(columns, widths);
    let Some(screen) = presentation.width else {
        return match presentation.style {
            Style::Vertical => Plan::Blocks(usize::MAX),
            Style::Horizontal | Style::Auto => Plan::Rows(natural),
        };
    };
    match presentation.style {
        Style::Vertical => Plan::Blocks(value_width(columns, screen)),
        Style::Horizontal => Plan::Rows(narrowed(columns, &natural, screen).unwrap_or(natural)),
        Style::Auto => match narrowed(columns, &natural, screen) {
            Some(widths) => Plan::Rows(widths),
            None => Plan::Blocks(value_width(columns, screen)),
        },
    }
}

/// The screen space of a list with this many rows.
pub(crate) fn size(plan: &Plan, columns: &[Column], widths: &[usize], rows: usize) -> Size {
    match plan {
        Plan::Rows(planned) => Size {
            lines: rows.saturating_add(AROUND_THE_ROWS),
            width: total(planned),
            is_exact: natural(columns, widths) == *planned,
        },
        Plan::Blocks(values) => {
            let widest = widths.iter().copied().max().unwrap_or(0);
            Size {
                lines: rows.saturating_mul(columns.len() + 1).saturating_add(1),
                width: total(&[label_width(columns), widest.min(*values)]),
                is_exact: widest <= *values,
            }
        }
    }
}

/// Maximum width of values in blocks with these labels.
pub(super) fn value_width(columns: &[Column], screen: usize) -> usize {
    beside(label_width(columns), screen)
}

/// Maximum width of values beside labels of this width.
pub(super) fn beside(labels: usize, screen: usize) -> usize {
    screen
        .saturating_sub(total(&[labels, 0]))
        .max(NARROWEST_VALUE)
}

fn label_width(columns: &[Column]) -> usize {
    let headings = columns.iter().map(|column| cell::width(column.heading));
    headings.max().unwrap_or(0) + 1
}

/// A column is as wide as its heading or its widest value.
fn natural(columns: &[Column], widths: &[usize]) -> Vec<usize> {
    let widths = widths.iter().copied().chain(std::iter::repeat(0));
    columns
        .iter()
        .zip(widths)
        .map(|(column, width)| width.max(cell::width(column.heading)))
        .collect()
}

/// The widths with which the table fits, reducing the widest text columns first; `None` if it does not fit.
fn narrowed(columns: &[Column], natural: &[usize], screen: usize) -> Option<Vec<usize>> {
    let least: Vec<usize> = columns
        .iter()
        .zip(natural)
        .map(|(column, width)| match column.align {
            Align::Left => cell::width(column.heading).max(NARROWEST).min(*width),
            Align::Centre | Align::Right => *width,
        })
        .collect();
    if total(&least) > screen {
        return None;
    }
    let mut widths = natural.to_vec();
    while total(&widths) > screen {
        let widest = (0..widths.len())
            .filter(|index| widths[*index] > least[*index])
            .max_by_key(|index| widths[*index])?;
        // Reduce to the next widest column, or as far as needed: a value may have megabytes.
        let others = (0..widths.len())
            .filter(|index| *index != widest && widths[*index] > least[*index])
            .map(|index| widths[index]);
        let next = others.max().unwrap_or(0).max(least[widest]);
        let needed = total(&widths) - screen;
        let step = needed.min((widths[widest] - next).max(1));
        widths[widest] -= step;
    }
    Some(widths)
}

fn total(widths: &[usize]) -> usize {
    widths.iter().fold(1, |sum: usize, width| {
        sum.saturating_add(width + AROUND_A_CELL)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Format;

    const fn column(heading: &'static str, align: Align) -> Column {
        Column {
            heading,
            key: "",
            align,
        }
    }

    const COLUMNS: [Column; 3] = [
        column("NodeID", Align::Centre),
        column("FQDN", Align::Left),
        column("Remarks", Align::Left),
    ];

    fn presentation(style: Style, width: Option<usize>) -> Presentation {
        Presentation {
            style,
            width,
            ..Format::Table.into()
        }
    }

    #[test]
    fn f12_text_is_wrapped_before_a_table_becomes_blocks() {
        let planned = |style, screen, widths| plan(presentation(style, screen), &COLUMNS, widths);
        let fits = Plan::Rows(vec![6, 20, 30]);
        for screen in [None, Some(80), Some(66)] {
            assert_eq!(planned(Style::Auto, screen, &[6, 20, 30]), fits);
        }
        assert_eq!(
            planned(Style::Auto, Some(64), &[6, 20, 1_000_000]),
            Plan::Rows(vec![6, 20, 28])
        );
        assert_eq!(
            planned(Style::Auto, Some(70), &[6, 30, 30]),
            Plan::Rows(vec![6, 27, 27])
        );
        assert_eq!(
            planned(Style::Auto, Some(40), &[6, 30, 30]),
            Plan::Blocks(25)
        );
        assert_eq!(
            planned(Style::Horizontal, Some(40), &[6, 30, 30]),
            Plan::Rows(vec![6, 30, 30])
        );
        assert_eq!(
            planned(Style::Vertical, None, &[6, 30, 30]),
            Plan::Blocks(usize::MAX)
        );
        // No column is narrower than its heading or its text.
        assert_eq!(
            planned(Style::Auto, Some(34), &[6, 3, 9]),
            Plan::Rows(vec![6, 4, 9])
        );
    }

    #[test]
    fn f12_the_lines_of_a_wrapped_table_are_not_known_before() {
        let widths = [6, 20, 1000];
        let plan = plan(presentation(Style::Auto, Some(66)), &COLUMNS, &widths);
        let size = size(&plan, &COLUMNS, &widths, 3);
        assert_eq!((size.lines, size.width, size.is_exact), (7, 66, false));
    }
}
