//! What an archive's SQL shows that a server of the right version may still not take: a compression that it was built without,
//! and a statement that is none.

use std::collections::BTreeSet;

use super::features::{header, named};
use crate::pgtools::sql_tokens::begins;
use crate::pgtools::sql_tokens::{Token, name};

/// A compression of a column that is not among those that the target has. `known` is empty where it was not asked.
pub(super) fn compression(tokens: &[Token], known: &BTreeSet<String>) -> Option<String> {
    let is_meant =
        begins(tokens, &["alter", "table"]) || begins(tokens, &["alter", "materialized"]);
    if known.is_empty() || !is_meant {
        return None;
    }
    let at = (0..tokens.len()).find(|at| begins(&tokens[*at..], &["set", "compression"]))?;
    let method = name(tokens, at + 2)?;
    let is_known = method == "default" || known.contains(&method);
    (!is_known).then(|| {
        let table = named(tokens).unwrap_or_default();
        format!("the compression {method} of a column ({table}), which the target's server was built without")
    })
}

/// A function whose list of names is set to nothing, which `pg_dump` before 19 writes as a syntax error: `SET search_path TO AS …`.
pub fn function_with_an_empty_list(tokens: &[Token]) -> Option<String> {
    let is_function =
        begins(tokens, &["create", "function"]) || begins(tokens, &["create", "procedure"]);
    if !is_function {
        return None;
    }
    let header = header(tokens).len();
    let is_empty = (0..header).any(|at| {
        begins(&tokens[at..], &["set"])
            && tokens
                .get(at + 1)
                .is_some_and(|token| token.name().is_some())
            && tokens.get(at + 2).is_some_and(|token| token.is_word("to"))
            && !matches!(tokens.get(at + 3), Some(Token::Literal(_)))
            && !tokens
                .get(at + 3)
                .is_some_and(|token| token.is_word("null"))
    });
    is_empty.then(|| named(tokens)).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::{Server, inspect};
    use super::*;
    use crate::pgtools::sql_tokens::Tokens;

    #[test]
    fn a_compression_that_the_target_was_built_without_is_refused() {
        let sql = |method| {
            format!("ALTER TABLE ONLY public.\"T\" ALTER COLUMN c SET COMPRESSION {method};")
        };
        let known = BTreeSet::from(["pglz".to_owned()]);
        let of = |method| {
            let text = sql(method);
            let tokens: Vec<Token> = Tokens::new(text.as_bytes()).map(Result::unwrap).collect();
            compression(&tokens, &known)
        };
        assert_eq!(
            of("lz4").unwrap(),
            "the compression lz4 of a column (public.T), which the target's server was built without"
        );
        assert_eq!(of("pglz"), None);
        let seen = |known: &[&str]| {
            let known = known.iter().map(|&name| name.to_owned()).collect();
            let server = Server {
                compressions: known,
                ..Server::of(17)
            };
            inspect(sql("lz4").as_bytes(), &server)
                .unwrap()
                .refused
                .len()
        };
        assert_eq!(
            (seen(&["pglz", "lz4"]), seen(&["pglz"]), seen(&[])),
            (0, 1, 0)
        );
    }

    #[test]
    fn v1_functions_that_no_server_takes_as_they_are_written_are_named() {
        let broken = |sql: &str| {
            let seen = inspect(sql.as_bytes(), &Server::of(17)).unwrap();
            seen.broken_functions
                .into_iter()
                .collect::<Vec<_>>()
                .join(", ")
        };
        for (setting, expected) in [
            ("SET search_path TO ", "public.f"),
            ("SET search_path TO  SET work_mem TO '1MB'", "public.f"),
            ("SET search_path TO ''", ""),
            ("SET search_path TO 'a', 'b'", ""),
            ("SET search_path TO NULL", ""),
            ("", ""),
        ] {
            let sql = format!(
                "CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql {setting}\n AS $$ set x to select 1 $$;"
            );
            assert_eq!(broken(&sql), expected, "{setting}");
        }
        assert_eq!(
            broken("CREATE PROCEDURE s.p() LANGUAGE plpgsql SET search_path TO AS 'x';"),
            "s.p"
        );
    }
}
