//! Quoting for SQL text in files that `psql` runs, and for connection strings. Queries of our own take parameters
//! instead (trap 17).

/// A name as an SQL identifier, always in double quotes, so that no name needs a list of key words.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as an SQL string constant, the same whatever `standard_conforming_strings` says: with a backslash in it the
/// `E'…'` form is used.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!("E'{}'", quoted.replace('\\', r"\\"))
    } else {
        format!("'{quoted}'")
    }
}

/// A value in a libpq connection string (`host='…'`; PostgreSQL manual, "Keyword/Value Connection Strings").
pub fn conninfo_value(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pgtools::sql_tokens::{Token, Tokens};

    #[test]
    fn trap_15_hostile_names_stay_one_name() {
        assert_eq!(
            identifier("a\"; DROP ROLE x; --"),
            "\"a\"\"; DROP ROLE x; --\""
        );
        assert_eq!(literal("O'Brien"), "'O''Brien'");
        assert_eq!(literal(r"a\'b"), r"E'a\\''b'");
        assert_eq!(
            conninfo_value(r"it's a\b host=evil"),
            r"'it\'s a\\b host=evil'"
        );
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_one_token_with_the_same_text(text in "[^\0]{0,60}") {
            let tokens: Vec<Token> = Tokens::new(identifier(&text).as_bytes()).map(Result::unwrap).collect();
            prop_assert_eq!(tokens, [Token::Quoted(text.clone().into_bytes())]);
            let tokens: Vec<Token> = Tokens::new(literal(&text).as_bytes()).map(Result::unwrap).collect();
            prop_assert_eq!(tokens, [Token::Literal(text.into_bytes())]);
        }

        #[test]
        fn a_connection_value_reads_back(text in "[^\0]{0,60}") {
            let quoted = conninfo_value(&text);
            let inner = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap();
            let mut read = String::new();
            let mut characters = inner.chars();
            while let Some(character) = characters.next() {
                prop_assert_ne!(character, '\'');
                read.push(if character == '\\' { characters.next().unwrap() } else { character });
            }
            prop_assert_eq!(read, text);
        }
    }
}
