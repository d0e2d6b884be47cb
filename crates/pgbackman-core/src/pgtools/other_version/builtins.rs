//! What a statement of `pg_dump` uses of the server's own: types, functions, system views, configurations and dictionaries of text
//! search. What the target has of them is asked of its catalogs, so no list of what a version has brought is needed.
//!
//! `pg_dump` (since 11) writes every name with its schema but for those in `pg_catalog`: a name without one that the target does not
//! have there is one of a newer version. Where a name may be something else (the alias of a row, a query WITH a name), nothing is said.

use std::collections::BTreeSet;

use super::features::{behind_parentheses, named, together};
use crate::pgtools::sql_tokens::begins;
use crate::pgtools::sql_tokens::{Token, name};

/// What a server has in `pg_catalog`, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Builtins {
    /// Types.
    pub types: BTreeSet<String>,
    /// Functions, aggregates and procedures.
    pub functions: BTreeSet<String>,
    /// Catalogs and system views.
    pub relations: BTreeSet<String>,
    /// Configurations of text search.
    pub configurations: BTreeSet<String>,
    /// Dictionaries of text search.
    pub dictionaries: BTreeSet<String>,
    /// Key words, which stand for types and functions, too (`integer`, `coalesce`).
    pub words: BTreeSet<String>,
}

/// Words behind which an expression begins, so that a name with a parenthesis is a function's.
const BEFORE_EXPRESSIONS: [&str; 17] = [
    "select", "and", "or", "not", "when", "then", "else", "case", "where", "having", "by", "on",
    "distinct", "default", "from", "join", "lateral",
];

/// Stemmers that have no dictionary of their name.
const STEMMERS_WITHOUT_DICTIONARY: [&str; 4] = ["porter", "lovins", "german2", "kraaij_pohlmann"];

impl Builtins {
    /// Whether anything is known.
    pub fn is_known(&self) -> bool {
        !self.types.is_empty() && !self.functions.is_empty() && !self.words.is_empty()
    }

    /// The first thing that a statement uses and the server does not have.
    pub(super) fn lacking(&self, tokens: &[Token]) -> Option<String> {
        if !self.is_known() || !begins_like_a_definition(tokens) {
            return None;
        }
        let what = self
            .unknown_type(tokens)
            .or_else(|| self.unknown_function(tokens))
            .or_else(|| self.unknown_relation(tokens))
            .or_else(|| self.unknown_text_search(tokens))?;
        let place = named(tokens).map_or_else(String::new, |name| format!(" ({name})"));
        Some(format!("{what}{place}"))
    }

    fn has_type(&self, name: &str) -> bool {
        self.types.contains(name) || self.words.contains(name)
    }

    fn unknown_type(&self, tokens: &[Token]) -> Option<String> {
        let cast_to = tokens
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| pair[0] == Token::Symbol(b':') && pair[1] == Token::Symbol(b':'))
            .filter_map(|(at, _)| own_name(tokens, at + 2));
        let of_result = tokens
            .iter()
            .enumerate()
            .filter(|_| begins(tokens, &["create", "function"]))
            .filter(|(_, token)| token.is_word("returns"))
            .filter_map(|(at, _)| {
                let is_set = tokens
                    .get(at + 1)
                    .is_some_and(|token| token.is_word("setof"));
                own_name(tokens, at + 1 + usize::from(is_set))
            });
        let of_domain = begins(tokens, &["create", "domain"])
            .then(|| tokens.iter().position(|token| token.is_word("as")))
            .flatten()
            .and_then(|at| own_name(tokens, at + 1));
        cast_to
            .chain(of_result)
            .chain(of_domain)
            .chain(types_of_items(tokens))
            .find(|name| !self.has_type(name))
            .map(|name| format!("the type {name}"))
    }

    fn unknown_function(&self, tokens: &[Token]) -> Option<String> {
        (1..tokens.len().saturating_sub(1))
            .filter(|&at| tokens[at + 1] == Token::Symbol(b'(') && begins_an_expression(tokens, at))
            .filter(|&at| !is_query_with_a_name(tokens, at))
            .filter_map(|at| name(tokens, at))
            .find(|name| !self.functions.contains(name) && !self.has_type(name))
            .map(|name| format!("the function {name}"))
    }

    fn unknown_relation(&self, tokens: &[Token]) -> Option<String> {
        if self.relations.is_empty() {
            return None;
        }
        let is_behind =
            |at: usize| tokens[at - 1].is_word("from") || tokens[at - 1].is_word("join");
        (1..tokens.len())
            .filter(|&at| is_behind(at) && matches!(tokens[at], Token::Word(_)))
            .filter_map(|at| own_name(tokens, at))
            .filter(|name| name.starts_with("pg_") && !self.relations.contains(name))
            .find(|name| {
                // Neither a query WITH this name nor a function.
                !tokens.windows(2).any(|pair| {
                    pair[0].is_word(name)
                        && (pair[1].is_word("as") || pair[1] == Token::Symbol(b'('))
                })
            })
            .map(|name| format!("the system view {name}"))
    }

    fn unknown_text_search(&self, tokens: &[Token]) -> Option<String> {
        let of_constant = |what: &str, kind: &str, known: &BTreeSet<String>| {
            tokens
                .windows(4)
                .filter(|window| {
                    window[1] == Token::Symbol(b':')
                        && window[2] == Token::Symbol(b':')
                        && window[3].is_word(kind)
                })
                .filter_map(|window| match &window[0] {
                    Token::Literal(text) => Some(String::from_utf8_lossy(text).into_owned()),
                    Token::Word(_) | Token::Quoted(_) | Token::Symbol(_) => None,
                })
                // With a schema or quotes it is none of the server's own, or one of a name that it has.
                .filter(|name| !name.contains(['.', '"']))
                .find(|name| !known.contains(name))
                .map(|name| format!("the {what} {name} of text search"))
        };
        of_constant("configuration", "regconfig", &self.configurations)
            .or_else(|| of_constant("dictionary", "regdictionary", &self.dictionaries))
            .or_else(|| self.unknown_dictionary_of_a_mapping(tokens))
            .or_else(|| self.unknown_stemmer(tokens))
    }

    /// `ALTER TEXT SEARCH CONFIGURATION … ADD MAPPING FOR word WITH polish_stem, simple`.
    fn unknown_dictionary_of_a_mapping(&self, tokens: &[Token]) -> Option<String> {
        if !together(tokens, &["add", "mapping", "for"]) {
            return None;
        }
        let with = tokens.iter().position(|token| token.is_word("with"))?;
        (with + 1..tokens.len())
            .filter(|&at| tokens[at - 1].is_word("with") || tokens[at - 1] == Token::Symbol(b','))
            .filter_map(|at| own_name(tokens, at))
            .find(|name| !self.dictionaries.contains(name))
            .map(|name| format!("the dictionary {name} of text search"))
    }

    /// `CREATE TEXT SEARCH DICTIONARY … (TEMPLATE = pg_catalog.snowball, language = 'polish')`. Snowball knows languages by codes,
    /// too, of which no catalog tells.
    fn unknown_stemmer(&self, tokens: &[Token]) -> Option<String> {
        if !begins(tokens, &["create", "text", "search", "dictionary"])
            || !tokens.iter().any(|token| token.is_word("snowball"))
        {
            return None;
        }
        let at = tokens.iter().position(|token| token.is_word("language"))?;
        let Some(Token::Literal(language)) = tokens.get(at + 2) else {
            return None;
        };
        let language = String::from_utf8_lossy(language).to_lowercase();
        let is_told =
            language.len() > 3 && !STEMMERS_WITHOUT_DICTIONARY.contains(&language.as_str());
        (is_told && !self.dictionaries.contains(&format!("{language}_stem")))
            .then(|| format!("the stemmer {language} of text search"))
    }
}

/// Statements that hold expressions or types.
fn begins_like_a_definition(tokens: &[Token]) -> bool {
    begins(tokens, &["create"])
        || begins(tokens, &["alter", "table"])
        || begins(tokens, &["alter", "text"])
}

/// The name at this place that stands for something of the server's own: with `pg_catalog` before it, or no schema.
fn own_name(tokens: &[Token], at: usize) -> Option<String> {
    let first = name(tokens, at)?;
    if tokens.get(at + 1) != Some(&Token::Symbol(b'.')) {
        return Some(first);
    }
    (first == "pg_catalog")
        .then(|| name(tokens, at + 2))
        .flatten()
}

/// Whether an expression begins at this place.
fn begins_an_expression(tokens: &[Token], at: usize) -> bool {
    let of_schema = |at: usize| at >= 2 && tokens[at - 2] == Token::Symbol(b'.');
    match &tokens[at - 1] {
        Token::Symbol(b'.') => at >= 2 && tokens[at - 2].is_word("pg_catalog"),
        Token::Symbol(symbol) => b"(,+-*/<>=~!@#%^&|?[".contains(symbol),
        word @ Token::Word(_) => {
            let of_partitions = word.is_word("by")
                && at >= 2
                && tokens[at - 2].is_word("partition")
                && (tokens[at].is_word("list") || tokens[at].is_word("hash"));
            // A table may have such a name, with an alias behind it.
            !of_partitions
                && !of_schema(at)
                && BEFORE_EXPRESSIONS.iter().any(|before| word.is_word(before))
        }
        Token::Quoted(_) | Token::Literal(_) => false,
    }
}

/// `, name (a, b) AS (…)` and `AS MATERIALIZED (…)`: the second query WITH a name.
fn is_query_with_a_name(tokens: &[Token], at: usize) -> bool {
    let behind = behind_parentheses(tokens, at + 1);
    tokens.get(behind).is_some_and(|token| token.is_word("as"))
        && tokens.get(behind + 1).is_some_and(|token| {
            *token == Token::Symbol(b'(') || token.is_word("not") || token.is_word("materialized")
        })
}

/// The types of a table's columns, of a composite type's attributes and of a function's arguments.
fn types_of_items(tokens: &[Token]) -> Vec<String> {
    let is_function =
        begins(tokens, &["create", "function"]) || begins(tokens, &["create", "procedure"]);
    let is_type = begins(tokens, &["create", "type"])
        && tokens
            .windows(2)
            .any(|pair| pair[0].is_word("as") && pair[1] == Token::Symbol(b'('));
    let is_table =
        tokens.iter().take(4).any(|token| token.is_word("table")) && begins(tokens, &["create"]);
    if !is_function && !is_type && !is_table {
        return Vec::new();
    }
    let Some(open) = tokens
        .iter()
        .position(|token| *token == Token::Symbol(b'('))
    else {
        return Vec::new();
    };
    let end = behind_parentheses(tokens, open);
    let mut types = Vec::new();
    let mut at = open + 1;
    while at + 1 < end {
        let next = end_of_item(tokens, at, end);
        types.extend(type_of_item(&tokens[at..next], is_function));
        at = next + 1;
    }
    types
}

/// Where the next comma of this depth stands, or the closing parenthesis.
fn end_of_item(tokens: &[Token], from: usize, end: usize) -> usize {
    let mut at = from;
    while at < end - 1 {
        match tokens[at] {
            Token::Symbol(b'(') => at = behind_parentheses(tokens, at),
            Token::Symbol(b',') => return at,
            _ => at += 1,
        }
    }
    end - 1
}

/// The type of `name type …`; of a function's argument also `mode name type` and `type` alone.
fn type_of_item(item: &[Token], is_argument: bool) -> Option<String> {
    let is_constraint = [
        "constraint",
        "primary",
        "unique",
        "check",
        "foreign",
        "exclude",
        "like",
    ]
    .iter()
    .any(|word| item.first().is_some_and(|token| token.is_word(word)));
    if !is_argument {
        return (!is_constraint).then(|| own_name(item, 1)).flatten();
    }
    let has_mode = ["in", "out", "inout", "variadic"]
        .iter()
        .any(|word| item.first().is_some_and(|token| token.is_word(word)));
    let item = &item[usize::from(has_mode)..];
    let is_type_behind_a_name = item
        .get(1)
        .is_some_and(|token| token.name().is_some() && !token.is_word("default"));
    own_name(item, usize::from(is_type_behind_a_name))
}

#[cfg(test)]
#[path = "builtins_tests.rs"]
mod tests;
