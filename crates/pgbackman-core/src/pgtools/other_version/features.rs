//! What databases can hold since some version, as far as `pg_dump`'s SQL shows it in key words. What stands in the text of a
//! function, and a key word that is not listed here, turns out when the target refuses it.

use super::begins;
use crate::domain::pg_version::PgMajor;
use crate::pgtools::sql_tokens::Token;

/// Something that an older server cannot have.
struct Feature {
    /// The first version that has it.
    since: u16,
    /// What it is, in words.
    what: &'static str,
    /// How statements that may have it begin.
    statements: &'static [&'static [&'static str]],
    /// Whether one has it.
    has: fn(&[Token]) -> bool,
}

const TABLES: &[&[&str]] = &[&["create"], &["alter", "table"]];
const FUNCTIONS: &[&[&str]] = &[&["create", "function"], &["create", "procedure"]];
const PUBLICATIONS: &[&[&str]] = &[&["create", "publication"], &["alter", "publication"]];

/// All that is known, from PostgreSQL's release notes.
const FEATURES: &[Feature] = &[
    Feature {
        since: 14,
        what: "a function with a body in SQL's own syntax",
        statements: FUNCTIONS,
        has: |tokens| together(tokens, &["begin", "atomic"]) || together(tokens, &["return"]),
    },
    Feature {
        since: 14,
        what: "a range type with a multirange type",
        statements: &[&["create", "type"]],
        has: |tokens| together(tokens, &["multirange_type_name"]),
    },
    Feature {
        since: 14,
        what: "a chosen compression of a column",
        statements: &[&["alter", "table"], &["alter", "materialized"]],
        has: |tokens| together(tokens, &["set", "compression"]),
    },
    Feature {
        since: 14,
        what: "statistics on expressions",
        statements: &[&["create", "statistics"]],
        has: |tokens| {
            tokens
                .windows(2)
                .any(|pair| pair[0].is_word("on") && pair[1] == Token::Symbol(b'('))
        },
    },
    Feature {
        since: 15,
        what: "NULLS NOT DISTINCT",
        statements: TABLES,
        has: |tokens| together(tokens, &["nulls", "not", "distinct"]),
    },
    Feature {
        since: 15,
        what: "a view with security_invoker",
        statements: &[&["create", "view"]],
        has: |tokens| together(tokens, &["security_invoker"]),
    },
    Feature {
        since: 15,
        what: "a publication of a schema",
        statements: PUBLICATIONS,
        has: |tokens| together(tokens, &["tables", "in", "schema"]),
    },
    Feature {
        since: 15,
        what: "a publication of some rows or columns",
        statements: &[&["alter", "publication"]],
        has: |tokens| together(tokens, &["add", "table"]) && tokens.contains(&Token::Symbol(b'(')),
    },
    Feature {
        since: 16,
        what: "a collation with rules",
        statements: &[&["create", "collation"]],
        has: |tokens| together(tokens, &["rules"]),
    },
    Feature {
        since: 17,
        what: "a collation of the builtin provider",
        statements: &[&["create", "collation"]],
        has: |tokens| together(tokens, &["builtin"]),
    },
    Feature {
        since: 17,
        what: "the privilege MAINTAIN",
        statements: &[&["grant"], &["revoke"], &["alter", "default", "privileges"]],
        has: |tokens| {
            let privileges = tokens.split(|token| token.is_word("on")).next();
            let is_default = tokens[0].is_word("alter");
            privileges
                .filter(|_| !is_default)
                .unwrap_or(tokens)
                .iter()
                .any(|token| token.is_word("maintain"))
        },
    },
    Feature {
        since: 17,
        what: "a view with JSON_TABLE",
        statements: &[&["create", "view"], &["create", "materialized"]],
        has: |tokens| together(tokens, &["json_table"]),
    },
    Feature {
        since: 18,
        what: "a column that is computed when it is read",
        statements: &[&["create", "table"], &["alter", "table"]],
        has: has_virtual_column,
    },
    Feature {
        since: 18,
        what: "a key WITHOUT OVERLAPS",
        statements: TABLES,
        has: |tokens| together(tokens, &["without", "overlaps"]),
    },
    Feature {
        since: 18,
        what: "a constraint that is NOT ENFORCED",
        statements: TABLES,
        has: |tokens| together(tokens, &["not", "enforced"]),
    },
    Feature {
        since: 18,
        what: "NOT NULL without inheritance",
        statements: TABLES,
        has: |tokens| together(tokens, &["not", "null", "no", "inherit"]),
    },
];

/// The newest thing that a statement needs and a server of this version does not have.
pub(super) fn needed(tokens: &[Token], major: PgMajor) -> Option<String> {
    if tokens.is_empty() {
        return None;
    }
    let feature = FEATURES
        .iter()
        .rev()
        .filter(|feature| PgMajor::new(feature.since) > major)
        .filter(|feature| {
            feature
                .statements
                .iter()
                .any(|beginning| begins(tokens, beginning))
        })
        .find(|feature| (feature.has)(tokens))?;
    let place = named(tokens).map_or_else(String::new, |name| format!(" ({name})"));
    Some(format!("{}{place} (since {})", feature.what, feature.since))
}

/// What a statement makes or changes, with its schema.
pub(super) fn named(tokens: &[Token]) -> Option<String> {
    let verb = tokens.first()?.name().unwrap_or_default();
    if verb == b"grant" || verb == b"revoke" {
        return None;
    }
    // ALTER TABLE ONLY public.t
    let about: Vec<String> = tokens
        .iter()
        .skip(2)
        .skip_while(|token| ["view", "only"].iter().any(|word| token.is_word(word)))
        .take_while(|token| **token == Token::Symbol(b'.') || token.name().is_some())
        .take(3)
        .map(|token| match token {
            Token::Symbol(byte) => char::from(*byte).to_string(),
            other => String::from_utf8_lossy(other.name().unwrap_or_default()).into_owned(),
        })
        .collect();
    (!about.is_empty()).then(|| about.concat())
}

/// Whether these key words stand together somewhere.
fn together(tokens: &[Token], words: &[&str]) -> bool {
    tokens
        .windows(words.len())
        .any(|window| begins(window, words))
}

/// `GENERATED ALWAYS AS (…)` without STORED behind it.
fn has_virtual_column(tokens: &[Token]) -> bool {
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
fn behind_parentheses(tokens: &[Token], open: usize) -> usize {
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
