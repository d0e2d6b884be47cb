//! Words of a line, split as a POSIX shell splits them (POSIX.1-2017, XCU 2.2 "Quoting").
//!
//! Nothing is expanded: `$`, `*`, `~`, `!` and `#` inside a line are ordinary characters, because operators' values
//! (names, cron fields, remarks) often contain them and must be preserved exactly as typed (trap 15).

use pgbackman_core::domain::text::words;
use thiserror::Error;

/// A line that cannot be split because a quotation is not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfinished {
    /// A `'` or `"` without its partner.
    #[error("the quotation mark {0} is not closed")]
    Quote(char),
    /// A backslash with nothing after it.
    #[error("the line ends in a backslash that escapes nothing")]
    Backslash,
}

/// A word of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// Without its quoting.
    text: String,
    /// Length of its unquoted beginning, in bytes.
    plain: usize,
    /// Whether its last character is unquoted.
    ends_plain: bool,
}

impl Word {
    /// The word without its quoting.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Consumes the word and returns it without its quoting.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Splits the word at its first `=`, unless a part before the `=`, or the `=` itself, is quoted: quoting makes a
    /// word a value, whatever it looks like.
    pub fn name_and_value(&self) -> Option<(&str, &str)> {
        let (name, value) = self.text.split_once('=')?;
        (name.len() < self.plain).then_some((name, value))
    }
}

impl PartialEq<&str> for Word {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

/// The beginning of a line, up to the cursor, as completion needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// The words that are finished.
    pub words: Vec<Word>,
    /// The word under the cursor; empty after a blank.
    pub word: Word,
    /// Where that word starts, in bytes, its opening quotation mark included.
    pub start: usize,
}

/// Splits a complete line. `""` is a word, and an empty one.
///
/// # Errors
/// When a quotation is still open; a terminal then asks for more text, and everything else refuses the line.
pub fn split(line: &str) -> Result<Vec<Word>, Unfinished> {
    let mut scanner = Scanner::new(line);
    let mut words = Vec::new();
    while scanner.skip_blanks() {
        match scanner.word() {
            (_, Some(open)) => return Err(open),
            (word, None) => words.push(word),
        }
    }
    Ok(words)
}

/// Splits the text after a command's name: a `;` at its end, which ends a statement in `psql`, is ignored unless it
/// is quoted.
///
/// # Errors
/// As for [`split`].
pub fn split_parameters(text: &str) -> Result<Vec<Word>, Unfinished> {
    let mut words = split(text)?;
    if let Some(last) = words.last_mut().filter(|last| last.ends_plain) {
        let kept = last.text.trim_end_matches(';').len();
        last.text.truncate(kept);
        last.plain = last.plain.min(kept);
        if kept == 0 {
            words.pop();
        }
    }
    Ok(words)
}

/// Splits the text before the cursor, which may end inside a quotation.
pub fn split_partial(line: &str) -> Partial {
    let mut scanner = Scanner::new(line);
    let mut words = Vec::new();
    while scanner.skip_blanks() {
        let start = scanner.position;
        let (word, _) = scanner.word();
        if scanner.position == line.len() {
            return Partial { words, word, start };
        }
        words.push(word);
    }
    Partial {
        words,
        word: Word::default(),
        start: line.len(),
    }
}

/// Quotes a value so that [`split`] returns it as one word; used by completion.
pub fn quote(value: &str) -> String {
    words::quote(value, |c| c.is_alphanumeric() || "_-.,:/@%+=#*".contains(c))
}

/// Quotes a value as [`quote`] does, but always in quotes.
pub fn quote_whole(value: &str) -> String {
    words::quote(value, |_| false)
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

    /// One word, and the quotation that is open at its end.
    fn word(&mut self) -> (Word, Option<Unfinished>) {
        let mut text = String::new();
        let mut plain = None;
        let mut open = None;
        let mut ends_plain = false;
        while let Some(c) = self.peek().filter(|c| !c.is_whitespace()) {
            self.next();
            ends_plain = !matches!(c, '\'' | '"' | '\\');
            if !ends_plain {
                plain.get_or_insert(text.len());
            }
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
        let plain = plain.unwrap_or(text.len());
        (
            Word {
                text,
                plain,
                ends_plain,
            },
            open,
        )
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
        assert_eq!((partial.word.text(), partial.start), ("my no", 28));
        assert_eq!(split_partial("set ").word, "");
        assert_eq!(split_partial("set ").start, 4);
    }

    #[test]
    fn first_day_a_semicolon_at_the_end_belongs_to_no_word_unless_it_is_quoted() {
        let cases: [(&str, &[&str]); 8] = [
            ("1 x;", &["1", "x"]),
            ("1 x ;", &["1", "x"]),
            ("1 'x y';", &["1", "x y"]),
            ("1 'x;'", &["1", "x;"]),
            (r"1 x\;", &["1", "x;"]),
            ("1 a;b", &["1", "a;b"]),
            ("1 '' ;", &["1", ""]),
            (";", &[]),
        ];
        for (line, words) in cases {
            assert_eq!(split_parameters(line).unwrap(), words, "{line}");
        }
    }

    #[test]
    fn a_name_and_its_value_are_told_apart_where_the_name_is_not_quoted() {
        for (line, found) in [
            ("remarks=x", Some(("remarks", "x"))),
            ("remarks='two words'", Some(("remarks", "two words"))),
            ("remarks=", Some(("remarks", ""))),
            ("a=b=c", Some(("a", "b=c"))),
            ("'remarks=x'", None),
            ("rem'arks'=x", None),
            (r"remarks\=x", None),
            ("remarks'=x'", None),
            ("remarks", None),
        ] {
            assert_eq!(split(line).unwrap()[0].name_and_value(), found, "{line}");
        }
    }

    proptest! {
        #[test]
        fn a_quoted_value_comes_back_as_typed(values in prop::collection::vec(any::<String>(), 0..5)) {
            let line = values.iter().map(|value| quote(value)).collect::<Vec<_>>().join(" ");
            let words: Vec<String> = split(&line).unwrap().into_iter().map(|word| word.text).collect();
            prop_assert_eq!(words, values);
        }
    }
}
