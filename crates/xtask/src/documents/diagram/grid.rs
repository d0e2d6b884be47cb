//! The characters of a diagram, and where their lines lead.

/// Which borders of its cell a character's lines reach: above, right, below, left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arms {
    pub(super) up: bool,
    pub(super) right: bool,
    pub(super) down: bool,
    pub(super) left: bool,
    pub(super) dashed: bool,
}

/// The arms of a character of boxes.
pub(super) fn arms(c: char) -> Option<Arms> {
    let (text, dashed) = match c {
        '─' => ("rl", false),
        '│' => ("ud", false),
        '┌' | '╭' => ("rd", false),
        '┐' | '╮' => ("dl", false),
        '└' | '╰' => ("ur", false),
        '┘' | '╯' => ("ul", false),
        '├' => ("urd", false),
        '┤' => ("udl", false),
        '┬' => ("rdl", false),
        '┴' => ("url", false),
        '┼' => ("urdl", false),
        '┄' => ("rl", true),
        '┆' => ("ud", true),
        _ => return None,
    };
    Some(Arms {
        up: text.contains('u'),
        right: text.contains('r'),
        down: text.contains('d'),
        left: text.contains('l'),
        dashed,
    })
}

pub(super) fn is_corner(c: char) -> bool {
    matches!(c, '┌' | '┐' | '└' | '┘' | '╭' | '╮' | '╰' | '╯')
}

pub(super) fn is_arrow(c: char) -> bool {
    matches!(c, '►' | '◄' | '▲' | '▼')
}

/// The characters of a diagram by row and column.
pub(super) struct Grid {
    pub(super) rows: Vec<Vec<char>>,
}

impl Grid {
    pub(super) fn new(source: &str) -> Self {
        Self {
            rows: source
                .lines()
                .map(|line| line.trim_end().chars().collect())
                .collect(),
        }
    }

    /// The character of a cell; a space outside.
    pub(super) fn at(&self, row: usize, column: usize) -> char {
        self.rows
            .get(row)
            .and_then(|cells| cells.get(column))
            .copied()
            .unwrap_or(' ')
    }

    /// Every cell with its character.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, usize, char)> + '_ {
        self.rows.iter().enumerate().flat_map(|(row, cells)| {
            cells
                .iter()
                .enumerate()
                .map(move |(column, c)| (row, column, *c))
        })
    }

    /// The neighbour of a cell in a direction; a space where there is none.
    pub(super) fn beside(&self, row: usize, column: usize, down: isize, right: isize) -> char {
        match (
            row.checked_add_signed(down),
            column.checked_add_signed(right),
        ) {
            (Some(row), Some(column)) => self.at(row, column),
            _ => ' ',
        }
    }
}
