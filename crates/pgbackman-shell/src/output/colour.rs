//! Colour: only on a terminal, and never essential, because every coloured word has the same meaning without colour.

use std::borrow::Cow;

use pgbackman_core::config::Environment;

/// Back to the terminal's own colours (ECMA-48, SGR 0).
const PLAIN: &str = "\x1b[0m";
/// Errors.
const RED: &str = "\x1b[1;31m";
/// Results.
const GREEN: &str = "\x1b[32m";
/// Warnings.
const YELLOW: &str = "\x1b[33m";
/// The prompt of the command line.
const BOLD: &str = "\x1b[1m";

/// The words that begin a message, and their colours.
const TAGS: [(&str, &str); 4] = [
    ("[ERROR]", RED),
    ("[WARNING]", YELLOW),
    ("[ABORTED]", YELLOW),
    ("[Done]", GREEN),
];

/// Whether a stream may be coloured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paint {
    /// Text and nothing else.
    #[default]
    Plain,
    /// With the colours of a terminal.
    Coloured,
}

impl Paint {
    /// Chooses the colours of a stream: on a terminal, unless `NO_COLOR` is set (<https://no-color.org>), or `TERM`
    /// names a terminal without colours.
    pub fn suiting(is_terminal: bool, environment: &Environment) -> Self {
        let refused = environment
            .var("NO_COLOR")
            .is_some_and(|value| !value.is_empty());
        let knows_colour = environment
            .var("TERM")
            .is_some_and(|term| !term.is_empty() && term != "dumb");
        if is_terminal && knows_colour && !refused {
            Self::Coloured
        } else {
            Self::Plain
        }
    }

    /// A message whose lines begin with `[ERROR]`, `[Done]` and the like; those words are coloured.
    pub fn message(self, text: &str) -> Cow<'_, str> {
        if self == Self::Plain || !text.contains('[') {
            return Cow::Borrowed(text);
        }
        let lines = text.split_inclusive('\n').map(|line| {
            let tag = TAGS.iter().find(|(tag, _)| line.starts_with(tag));
            tag.map_or(Cow::Borrowed(line), |(tag, colour)| {
                Cow::Owned(format!("{colour}{tag}{PLAIN}{}", &line[tag.len()..]))
            })
        });
        Cow::Owned(lines.collect())
    }

    /// The prompt of the command line.
    pub fn prompt(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => Cow::Borrowed(text),
            Self::Coloured => Cow::Owned(format!("{BOLD}{text}{PLAIN}")),
        }
    }

    /// The escape sequences before and after a status in a table, if it needs attention.
    pub(super) fn around_status(self, value: &str) -> (&'static str, &'static str) {
        match (self, value) {
            (Self::Coloured, "ERROR") => (RED, PLAIN),
            (Self::Coloured, "WARNING") => (YELLOW, PLAIN),
            _ => ("", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_that_knows_colours_gets_them_and_only_where_they_are_wanted() {
        let with = |variables: &[(&str, &str)]| {
            let environment = variables.iter().fold(
                Environment::new(1000, "somebody"),
                |environment, (name, value)| environment.with_var(*name, *value),
            );
            Paint::suiting(true, &environment)
        };
        assert_eq!(with(&[("TERM", "xterm")]), Paint::Coloured);
        assert_eq!(
            with(&[("TERM", "xterm"), ("NO_COLOR", "")]),
            Paint::Coloured
        );
        assert_eq!(with(&[("TERM", "xterm"), ("NO_COLOR", "1")]), Paint::Plain);
        assert_eq!(with(&[("TERM", "dumb")]), Paint::Plain);
        assert_eq!(with(&[]), Paint::Plain);
        let terminal = Environment::new(1000, "somebody").with_var("TERM", "xterm");
        assert_eq!(Paint::suiting(false, &terminal), Paint::Plain);
    }

    #[test]
    fn a_message_keeps_its_words_and_only_its_tags_are_coloured() {
        let text = "[ERROR]: [Done] is inside\nMESSAGE: [ERROR]\n[Done] x\n";
        assert_eq!(Paint::Plain.message(text), text);
        assert_eq!(
            Paint::Coloured.message(text),
            "\x1b[1;31m[ERROR]\x1b[0m: [Done] is inside\nMESSAGE: [ERROR]\n\x1b[32m[Done]\x1b[0m x\n"
        );
    }
}
