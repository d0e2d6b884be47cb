//! The commands of a file, each with the number of its line.

#[cfg(test)]
use std::ops::RangeInclusive;

use crate::session::input::{is_comment, is_unfinished};

/// A command of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbered {
    /// The number of its first line, from 1.
    first: usize,
    /// The number of its last line: a quotation may span several.
    last: usize,
    /// The command, its lines together.
    pub(super) text: String,
}

impl Numbered {
    /// Its position: `line 3`, `lines 3 to 5`.
    pub(super) fn place(&self) -> String {
        if self.first == self.last {
            format!("line {}", self.first)
        } else {
            format!("lines {} to {}", self.first, self.last)
        }
    }

    /// The numbers of its lines.
    #[cfg(test)]
    fn lines(&self) -> RangeInclusive<usize> {
        self.first..=self.last
    }
}

/// Splits a text into commands, without comments and empty lines.
pub(super) fn commands(text: &str) -> Vec<Numbered> {
    let mut commands = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, first)) = lines.next() {
        if line.trim().is_empty() || is_comment(line) {
            continue;
        }
        let mut command = Numbered {
            first,
            last: first,
            text: line.to_owned(),
        };
        while is_unfinished(&command.text) {
            let Some((more, number)) = lines.next() else {
                break;
            };
            command.text.push('\n');
            command.text.push_str(more);
            command.last = number;
        }
        commands.push(command);
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blank_lines_count_as_lines_and_are_no_commands() {
        let found = commands("# don't\n\none 'two\n\nthree'\n  \nfour\r\n");
        let lines: Vec<_> = found.iter().map(Numbered::lines).collect();
        assert_eq!(lines, [3..=5, 7..=7]);
        assert_eq!(found[0].text, "one 'two\n\nthree'");
        assert_eq!(found[1].text, "four");
        assert_eq!(found[0].place(), "lines 3 to 5");
        assert_eq!(found[1].place(), "line 7");
    }

    #[test]
    fn a_quotation_that_is_never_closed_is_one_command() {
        let found = commands("one 'two\nthree\nfour");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].lines(), 1..=3);
    }
}
