//! The states of sequences that an archive sets (`SEQUENCE SET`), read from the SQL text of these entries.

use std::io::{self, BufRead};

use super::sql_tokens::{Token, Tokens};

/// The state of a sequence as an archive sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceState {
    /// The sequence, qualified, and quoted where it must be.
    pub name: String,
    /// Its value.
    pub last: i64,
    /// Whether this value was given out.
    pub is_called: bool,
}

/// The states a script sets: `SELECT pg_catalog.setval('public.s', 100, true);`. One whose name is no UTF-8 is left out.
///
/// # Errors
/// The reader's, and a text that ends inside quotes.
pub fn read(script: impl BufRead) -> io::Result<Vec<SequenceState>> {
    let mut states = Vec::new();
    let mut statement = Vec::new();
    for token in Tokens::new(script) {
        let token = token?;
        if token == Token::Symbol(b';') {
            states.extend(state(&statement));
            statement.clear();
        } else {
            statement.push(token);
        }
    }
    Ok(states)
}

fn state(statement: &[Token]) -> Option<SequenceState> {
    let at = statement.iter().position(|token| token.is_word("setval"))?;
    let Some(Token::Literal(name)) = statement.get(at + 2) else {
        return None;
    };
    let rest = statement.get(at + 4..)?;
    let is_negative = rest.first() == Some(&Token::Symbol(b'-'));
    let mut words = rest.iter().filter_map(|token| match token {
        Token::Word(word) => std::str::from_utf8(word).ok(),
        _ => None,
    });
    let (digits, is_called) = (words.next()?, words.next()?);
    let sign = if is_negative { "-" } else { "" };
    Some(SequenceState {
        name: String::from_utf8(name.clone()).ok()?,
        last: format!("{sign}{digits}").parse().ok()?,
        is_called: is_called == "true",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_with_their_sign_and_quotes() {
        let script = "SET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\n\
            SELECT pg_catalog.setval('public.s', 100, true);\n\
            SELECT pg_catalog.setval('public.\"it''s\"', -9223372036854775808, false);\n";
        let state = |name: &str, last, is_called| SequenceState {
            name: name.into(),
            last,
            is_called,
        };
        assert_eq!(
            read(script.as_bytes()).unwrap(),
            [
                state("public.s", 100, true),
                state("public.\"it's\"", i64::MIN, false)
            ]
        );
    }
}
