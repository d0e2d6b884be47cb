//! The source of lines: a terminal, or a script. Tests provide their own.

use std::io::{self, BufRead};

use crate::line::lexer;
use crate::session::pager::Screen;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The result of reading a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A line without its line end. If a quotation was open, it includes the following lines.
    Text(String),
    /// Ctrl-C: the line is discarded.
    Interrupted,
    /// Ctrl-D, or the end of the script.
    End,
}

/// The purpose of a line; completion depends on it.
#[derive(Debug, Clone)]
pub enum Purpose {
    /// A command.
    Command,
    /// A parameter's value.
    Answer {
        /// What kind of value it is.
        kind: Kind,
        /// The answers before it.
        answers: Answers,
        /// The default, if it is not empty.
        default: Option<String>,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// A source of lines.
pub trait LineSource {
    /// Reads a line, after showing the prompt in an interactive session.
    ///
    /// # Errors
    /// If the source cannot be read.
    fn read(&mut self, prompt: &str, purpose: &Purpose) -> io::Result<Line>;

    /// Whether a person answers: only then is a question repeated after a wrong answer.
    fn is_terminal(&self) -> bool;

    /// Stores a command in the history.
    fn remember(&mut self, line: &str);

    /// The size of the screen, if there is one.
    fn screen(&mut self) -> Option<Screen> {
        None
    }
}

/// Lines of a file or a pipe.
#[derive(Debug)]
pub struct Script<R> {
    reader: R,
}

impl<R: BufRead> Script<R> {
    /// Reads lines from here.
    pub const fn new(reader: R) -> Self {
        Self { reader }
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line.ends_with('\n') {
            line.pop();
        }
        Ok(Some(line))
    }
}

impl<R: BufRead> LineSource for Script<R> {
    fn read(&mut self, _prompt: &str, purpose: &Purpose) -> io::Result<Line> {
        let Some(mut text) = self.line()? else {
            return Ok(Line::End);
        };
        if matches!(purpose, Purpose::Command) && !is_comment(&text) {
            while is_unfinished(&text) {
                let Some(more) = self.line()? else { break };
                text.push('\n');
                text.push_str(&more);
            }
        }
        Ok(Line::Text(text))
    }

    fn is_terminal(&self) -> bool {
        false
    }

    fn remember(&mut self, _line: &str) {}
}

/// Whether a line of a script is a comment. No command begins with `#`.
pub fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// Whether a command continues in the next line because a quotation is open. A line for the operator's own shell, and
/// a shortcut with its backslash, never does.
pub fn is_unfinished(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    let for_another_shell = first == "shell" || first.starts_with(['!', '\\']);
    !for_another_shell && lexer::split(line).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(script: &str) -> Vec<Line> {
        let mut source = Script::new(script.as_bytes());
        std::iter::from_fn(|| {
            Some(source.read("", &Purpose::Command).unwrap()).filter(|line| *line != Line::End)
        })
        .collect()
    }

    #[test]
    fn a_quotation_goes_on_in_the_next_line() {
        let text = |t: &str| Line::Text(t.to_owned());
        assert_eq!(
            lines("one 'two\nthree'\nfour\n# don't\nshell echo don\\'t"),
            [
                text("one 'two\nthree'"),
                text("four"),
                text("# don't"),
                text("shell echo don\\'t")
            ]
        );
    }

    #[test]
    fn a_quotation_open_at_the_end_is_given_as_it_is() {
        assert_eq!(lines("one 'two"), [Line::Text("one 'two".to_owned())]);
    }
}
