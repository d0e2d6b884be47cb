//! Splits a text into words as a POSIX shell does, without expanding anything.

use thiserror::Error;

/// A text whose quotes do not close.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} cannot be split into words: {reason}")]
pub struct SplitError {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The words of a text: separated by blanks, tabs and newlines; `'…'` is taken as it is; in `"…"` a backslash escapes
/// `"`, `\`, `$`, `` ` `` and the end of a line; outside quotes it escapes any character. `$`, `;`, `*` and their like mean
/// nothing: there is no shell (trap 14).
pub fn split(text: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    let error = |reason| SplitError {
        text: text.to_owned(),
        reason,
    };
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => single_quoted(&mut characters, word.get_or_insert_default())
                .ok_or_else(|| error("a ' is not closed"))?,
            '"' => double_quoted(&mut characters, word.get_or_insert_default())
                .ok_or_else(|| error("a \" is not closed"))?,
            '\\' => match characters.next() {
                Some('\n') => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
                None => return Err(error("the text ends with a single \\")),
            },
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single_quoted(characters: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match characters.next()? {
            '\'' => return Some(()),
            other => word.push(other),
        }
    }
}

fn double_quoted(characters: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match characters.next()? {
            '"' => return Some(()),
            '\\' => match characters.next()? {
                '\n' => {}
                escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            other => word.push(other),
        }
    }
}

/// A word as [`split`] and a POSIX shell read it back: left as it is where all its characters are plain, else in single quotes.
pub fn quote(word: &str, is_plain: impl Fn(char) -> bool) -> String {
    unless_plain(word, is_plain, |word| {
        // Inside these nothing but the quote itself means anything (POSIX.1-2017, Shell Command Language, 2.2.2).
        format!("'{}'", word.replace('\'', r"'\''"))
    })
}

/// The same in double quotes, in which a backslash takes the meaning from a quote and a backslash.
pub fn quote_double(word: &str, is_plain: impl Fn(char) -> bool) -> String {
    unless_plain(word, is_plain, |word| {
        format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\""))
    })
}

/// A word as it is where it has characters and all are plain, else as `quoted` writes it: for readers with quotes of their own.
pub fn unless_plain(
    word: &str,
    is_plain: impl Fn(char) -> bool,
    quoted: impl Fn(&str) -> String,
) -> String {
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    quoted(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_and_backslashes_mean_what_they_mean_in_a_shell() {
        for (text, expected) in [
            ("", &[] as &[&str]),
            ("  a\t b\n", &["a", "b"]),
            ("''", &[""]),
            ("a \"\" b", &["a", "", "b"]),
            (
                r#"-T 'My Table' --exclude-table="a \"b\" \x""#,
                &["-T", "My Table", r#"--exclude-table=a "b" \x"#],
            ),
            (r"a\ b\'c", &["a b'c"]),
            ("$(touch /x);`id` *", &["$(touch", "/x);`id`", "*"]),
            ("a\\\nb", &["ab"]),
        ] {
            assert_eq!(split(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_does_not_close_is_refused() {
        for text in ["'", "\"", "a'b", "\"a\\\"", "a\\"] {
            assert!(split(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn quoted_words_are_split_again(words in prop::collection::vec(any::<String>(), 0..5)) {
            let text: Vec<String> = words
                .iter()
                .map(|word| quote(word, |c| c.is_ascii_alphanumeric()))
                .collect();
            prop_assert_eq!(split(&text.join(" ")).unwrap(), words);
        }

        #[test]
        fn splitting_never_panics(text in any::<String>()) {
            let _ = split(&text);
        }
    }
}
