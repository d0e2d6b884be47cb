//! A value in a cell of a table: on one line, with nothing that moves the cursor, and as wide as it looks.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// The value with its control characters written as escapes, so that a name with a newline or an escape sequence neither
/// breaks the table nor drives the terminal. Text-direction overrides are escaped too: they make a value look like another.
pub fn printable(value: &str) -> Cow<'_, str> {
    if !value.contains(needs_escape) {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len() + 8);
    for c in value.chars() {
        if needs_escape(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    Cow::Owned(text)
}

/// Columns a terminal needs for the value as [`printable`] writes it.
pub fn width(value: &str) -> usize {
    if value
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ')
    {
        return value.len();
    }
    printable(value)
        .chars()
        .map(|c| c.width().unwrap_or(0))
        .sum()
}

fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("a\nb\r\x1b[31m\t"), "a\\nb\\r\\u{1b}[31m\\t");
        assert_eq!(printable("evil\u{202e}lqs"), "evil\\u{202e}lqs");
        assert_eq!(printable("Størrelse \\ 'x'"), "Størrelse \\ 'x'");
    }

    #[test]
    fn width_is_what_a_terminal_needs() {
        for (value, columns) in [
            ("abc", 3),
            ("Ørsta", 5),
            ("日本", 4),
            ("e\u{301}", 1),
            ("a\nb", 4),
            ("", 0),
        ] {
            assert_eq!(width(value), columns, "{value:?}");
        }
    }
}
