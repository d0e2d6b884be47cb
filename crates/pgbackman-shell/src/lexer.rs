//! Words of a line, split as a POSIX shell splits them (POSIX.1-2017, XCU 2.2 "Quoting").
//!
//! Nothing is expanded: `$`, `*`, `~`, `!` and `#` inside a line are ordinary characters, because the values an operator
//! types (names, cron fields, remarks) are full of them and must arrive exactly as typed (trap 15).

use thiserror::Error;

/// A line that cannot be split because a quotation is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfinished {
    /// A `'` or `"` without its partner.
    #[error("the quotation mark {0} is not closed")]
    Quote(char),
    /// A backslash with nothing after it.
    #[error("the line ends in a backslash that quotes nothing")]
    Backslash,
}

/// The beginning of a line, up to the cursor, as completion needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// The words that are finished.
    pub words: Vec<String>,
    /// The word under the cursor without its quoting; empty after a blank.
    pub word: String,
    /// Where that word starts, in bytes, its opening quotation mark included.
    pub start: usize,
}

/// Splits a complete line. `""` is a word, and an empty one.
///
/// # Errors
/// When a quotation is still open; a terminal then asks for more text, and everything else refuses the line.
pub fn split(line: &str) -> Result<Vec<String>, Unfinished> {
    let mut scanner = Scanner::new(line);
    let mut words = Vec::new();
    while scanner.skip_blanks() {
        let word = scanner.word();
        match word.open {
            Some(open) => return Err(open),
            None => words.push(word.text),
        }
    }
    Ok(words)
}

/// Splits what stands before the cursor, leaving open what is open.
pub fn split_partial(line: &str) -> Partial {
    let mut scanner = Scanner::new(line);
    let mut words = Vec::new();
    while scanner.skip_blanks() {
        let start = scanner.position;
        let word = scanner.word();
        if scanner.position == line.len() {
            return Partial {
                words,
                word: word.text,
                start,
            };
        }
        words.push(word.text);
    }
    Partial {
        words,
        word: String::new(),
        start: line.len(),
    }
}

/// Writes a value so that [`split`] gives it back as one word; used by completion.
pub fn quote(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-.,:/@%+=#*".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

/// One word as read, and what was left open at its end.
struct Word {
    text: String,
    open: Option<Unfinished>,
}

struct Scanner<'l> {
    line: &'l str,
    position: usize,
}

impl<'l> Scanner<'l> {
    fn new(line: &'l str) -> Self {
        Self { line, position: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.line[self.position..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.position += c.len_utf8();
        Some(c)
    }

    /// Moves to the next word; false when there is none.
    fn skip_blanks(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
        self.peek().is_some()
    }

    fn word(&mut self) -> Word {
        let mut text = String::new();
        let mut open = None;
        while let Some(c) = self.peek().filter(|c| !c.is_whitespace()) {
            self.next();
            open = match c {
                '\'' => self.single_quoted(&mut text),
                '"' => self.double_quoted(&mut text),
                '\\' => self.escaped(&mut text),
                _ => {
                    text.push(c);
                    None
                }
            };
        }
        Word { text, open }
    }

    fn single_quoted(&mut self, text: &mut String) -> Option<Unfinished> {
        while let Some(c) = self.next() {
            if c == '\'' {
                return None;
            }
            text.push(c);
        }
        Some(Unfinished::Quote('\''))
    }

    /// Inside double quotes a backslash quotes only `$`, `` ` ``, `"`, `\` and a newline; before anything else it is itself.
    fn double_quoted(&mut self, text: &mut String) -> Option<Unfinished> {
        while let Some(c) = self.next() {
            match c {
                '"' => return None,
                '\\' => match self.next() {
                    Some('\n') => {}
                    Some(quoted @ ('$' | '`' | '"' | '\\')) => text.push(quoted),
                    Some(other) => text.extend(['\\', other]),
                    None => return Some(Unfinished::Quote('"')),
                },
                _ => text.push(c),
            }
        }
        Some(Unfinished::Quote('"'))
    }

    fn escaped(&mut self, text: &mut String) -> Option<Unfinished> {
        match self.next() {
            None => return Some(Unfinished::Backslash),
            Some('\n') => {}
            Some(c) => text.push(c),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_split_as_a_posix_shell_splits_them() {
        let cases: [(&str, &[&str]); 9] = [
            ("  show_pgsql_nodes  ", &["show_pgsql_nodes"]),
            (r#"a "" '' b"#, &["a", "", "", "b"]),
            (
                r#"x "two words" 'two words' two\ words"#,
                &["x", "two words", "two words", "two words"],
            ),
            (r#"'"a,b",c'"#, &[r#""a,b",c"#]),
            (r#""\$x \a \" \\""#, &[r#"$x \a " \"#]),
            (r"'\n' \n", &[r"\n", "n"]),
            ("pre'mid'post", &["premidpost"]),
            ("'line one\nline two'", &["line one\nline two"]),
            (
                "$HOME *.sql ~ !x #y# Orders",
                &["$HOME", "*.sql", "~", "!x", "#y#", "Orders"],
            ),
        ];
        for (line, words) in cases {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
    }

    #[test]
    fn an_open_quotation_is_said() {
        assert_eq!(split("a 'b"), Err(Unfinished::Quote('\'')));
        assert_eq!(split(r#"a "b\"#), Err(Unfinished::Quote('"')));
        assert_eq!(split(r"a b\"), Err(Unfinished::Backslash));
    }

    #[test]
    fn completion_sees_the_word_under_the_cursor_without_its_quoting() {
        let partial = split_partial(r#"show_backup_definitions all "my no"#);
        assert_eq!(partial.words, ["show_backup_definitions", "all"]);
        assert_eq!((partial.word.as_str(), partial.start), ("my no", 28));
        assert_eq!(split_partial("set ").word, "");
        assert_eq!(split_partial("set ").start, 4);
    }

    proptest! {
        #[test]
        fn a_quoted_value_comes_back_as_typed(values in prop::collection::vec(any::<String>(), 0..5)) {
            let line = values.iter().map(|value| quote(value)).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(split(&line).unwrap(), values);
        }
    }
}
