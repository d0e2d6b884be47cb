//! A value in a cell of a table: on one line, without cursor movements, and with its displayed width.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// The value with its control characters as escapes, so that a name with a line break or an escape sequence neither
/// breaks the table nor controls the terminal. Text-direction overrides are escaped too, because they can make a
/// value look like another.
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

/// The printable text in lines of at most this many columns, broken at a blank if there is one, or else after a
/// separator in a name.
pub fn wrap(text: &str, columns: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while width(rest) > columns.max(1) {
        let end = fitting(rest, columns);
        let cut = break_before(rest, end);
        lines.push(rest[..cut].trim_end_matches(' '));
        rest = rest[cut..].trim_start_matches(' ');
    }
    if lines.is_empty() || !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// The longest beginning that fits, one character at least.
fn fitting(text: &str, columns: usize) -> usize {
    let mut used = 0;
    for (index, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns && index > 0 {
            return index;
        }
    }
    text.len()
}

/// The best place to break a line of at most this many bytes.
fn break_before(text: &str, end: usize) -> usize {
    if text[end..].starts_with(' ') {
        return end;
    }
    let head = &text[..end];
    let behind = |separators: &[char], least: usize| {
        let found = head.rfind(separators).map(|index| index + 1);
        found.filter(|cut| *cut > least)
    };
    behind(&[' '], end / 3)
        .or_else(|| behind(&['.', ',', ';', ':', '/', '-', '_', '='], end / 2))
        .unwrap_or(end)
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
    fn f12_lines_break_where_a_reader_expects_it() {
        for (text, columns, lines) in [
            ("short", 10, vec!["short"]),
            ("the disk is full", 8, vec!["the disk", "is full"]),
            ("the disk is full", 9, vec!["the disk", "is full"]),
            (
                "pg-backup01.example.net",
                16,
                vec!["pg-backup01.", "example.net"],
            ),
            ("abcdefghij", 4, vec!["abcd", "efgh", "ij"]),
            ("日本語", 4, vec!["日本", "語"]),
            ("日本", 1, vec!["日", "本"]),
            ("", 4, vec![""]),
        ] {
            assert_eq!(wrap(text, columns), lines, "{text}");
        }
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
