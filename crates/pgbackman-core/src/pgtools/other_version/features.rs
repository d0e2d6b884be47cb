//! What a statement's key words show: what it is about, and what it has ([`super::since`] says since when a server can have that).

use crate::pgtools::sql_tokens::{Token, begins, name};

/// What a statement makes or changes, with its schema.
pub(super) fn named(tokens: &[Token]) -> Option<String> {
    let verb = tokens.first()?.name().unwrap_or_default();
    if verb == b"grant" || verb == b"revoke" {
        return None;
    }
    // ALTER TABLE ONLY public.t
    let behind = tokens
        .iter()
        .skip(2)
        .take_while(|token| KINDS.iter().any(|word| token.is_word(word)))
        .count();
    let first = name(tokens, 2 + behind)?;
    let second = (tokens.get(3 + behind) == Some(&Token::Symbol(b'.')))
        .then(|| name(tokens, 4 + behind))
        .flatten();
    Some(match second {
        Some(second) => format!("{first}.{second}"),
        None => first,
    })
}

/// Words between the second one of a statement and the name.
const KINDS: &[&str] = &[
    "view",
    "only",
    "table",
    "index",
    "search",
    "dictionary",
    "configuration",
    "data",
    "wrapper",
];

/// Whether these key words stand together somewhere.
pub(super) fn together(tokens: &[Token], words: &[&str]) -> bool {
    tokens
        .windows(words.len())
        .any(|window| begins(window, words))
}

/// Whether one of these options is given a value: `WITH (option = …)`, also of a table's TOAST table.
pub(super) fn has_option(tokens: &[Token], options: &[&str]) -> bool {
    let Some(with) = tokens
        .windows(2)
        .position(|pair| pair[0].is_word("with") && pair[1] == Token::Symbol(b'('))
    else {
        return false;
    };
    let behind = behind_parentheses(tokens, with + 1);
    tokens[with..behind].windows(2).any(|pair| {
        pair[1] == Token::Symbol(b'=') && options.iter().any(|option| pair[0].is_word(option))
    })
}

/// What of CREATE FUNCTION stands before a body in SQL's own syntax.
pub(super) fn header(tokens: &[Token]) -> &[Token] {
    let end = tokens
        .windows(2)
        .position(|pair| begins(pair, &["begin", "atomic"]))
        .unwrap_or(tokens.len());
    &tokens[..end]
}

/// `CONSTRAINT name NOT NULL column`, among a table's columns or added to it.
pub(super) fn is_not_null_of_the_table(tokens: &[Token]) -> bool {
    tokens.windows(5).any(|window| {
        window[0].is_word("constraint")
            && begins(&window[2..], &["not", "null"])
            && window[4].name().is_some()
            && !window[4].is_word("no")
    })
}

/// Whether a constant of the type jsonpath calls one of these methods.
pub(super) fn has_path_method(tokens: &[Token], methods: &[&str]) -> bool {
    tokens.windows(4).any(|window| {
        let is_path = window[1] == Token::Symbol(b':')
            && window[2] == Token::Symbol(b':')
            && window[3].is_word("jsonpath");
        let Token::Literal(path) = &window[0] else {
            return false;
        };
        let path = String::from_utf8_lossy(path);
        is_path
            && methods
                .iter()
                .any(|method| path.contains(&format!(".{method}(")))
    })
}

/// `GENERATED ALWAYS AS (…)` without STORED behind it.
pub(super) fn has_virtual_column(tokens: &[Token]) -> bool {
    let beginnings = tokens
        .windows(4)
        .enumerate()
        .filter(|(_, window)| {
            begins(window, &["generated", "always", "as"]) && window[3] == Token::Symbol(b'(')
        })
        .map(|(at, _)| at + 3);
    beginnings
        .map(|at| behind_parentheses(tokens, at))
        .any(|at| !tokens.get(at).is_some_and(|token| token.is_word("stored")))
}

/// Where the parenthesis that opens here is closed, and one more.
pub(super) fn behind_parentheses(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_u32;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Symbol(b'(') => depth += 1,
            Token::Symbol(b')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}
