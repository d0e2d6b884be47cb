//! The options of CREATE DATABASE: LOCALE since 13, LOCALE_PROVIDER and ICU's locales since 15, ICU_RULES since 16, the builtin
//! provider since 17.

use thiserror::Error;

use super::fit::Fit;
use crate::domain::pg_version::PgMajor;
use crate::pgtools::sql_statements::Statement;
use crate::pgtools::sql_tokens::Token;

const LOCALE: PgMajor = PgMajor::new(13);
const PROVIDER: PgMajor = PgMajor::new(15);
const RULES: PgMajor = PgMajor::new(16);
const BUILTIN: PgMajor = PgMajor::new(17);

/// What a database needs and an older server does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum Missing {
    #[error("a locale of the builtin provider (since 17)")]
    BuiltinLocale,
    #[error("a locale of ICU (since 15)")]
    IcuLocale,
    #[error("rules of ICU (since 16)")]
    IcuRules,
}

pub(super) fn fit(statement: &Statement, from: usize, major: PgMajor) -> Fit {
    let tokens = &statement.tokens;
    let mut changes = Vec::new();
    for at in from + 3..tokens.len() {
        let Token::Word(word) = &tokens[at] else {
            continue;
        };
        let equals = tokens.get(at + 1) == Some(&Token::Symbol(b'='));
        let value_at = at + 1 + usize::from(equals);
        let Some(value) = tokens.get(value_at) else {
            continue;
        };
        match word.as_slice() {
            b"locale_provider" => match provider(value, major) {
                Ok(true) => {}
                Ok(false) => changes.extend((at..=value_at).map(|at| (at, String::new()))),
                Err(feature) => return refused(statement, from, feature),
            },
            b"icu_rules" if major < RULES => {
                return refused(statement, from, Missing::IcuRules);
            }
            b"locale" if major < LOCALE => {
                let text =
                    String::from_utf8_lossy(&statement.text[statement.spans[value_at].clone()]);
                changes.push((at, "LC_COLLATE".to_owned()));
                changes.push((value_at, format!("{text} LC_CTYPE = {text}")));
            }
            _ => {}
        }
    }
    if changes.is_empty() {
        Fit::Same
    } else {
        Fit::Changed(changes)
    }
}

/// Whether the option is written; what is missing where it is needed.
fn provider(value: &Token, major: PgMajor) -> Result<bool, Missing> {
    let is = |word: &str| match value {
        Token::Word(text) | Token::Quoted(text) | Token::Literal(text) => {
            text.eq_ignore_ascii_case(word.as_bytes())
        }
        Token::Symbol(_) => false,
    };
    if is("builtin") && major < BUILTIN {
        return Err(Missing::BuiltinLocale);
    }
    if is("icu") && major < PROVIDER {
        return Err(Missing::IcuLocale);
    }
    Ok(major >= PROVIDER)
}

fn refused(statement: &Statement, from: usize, feature: Missing) -> Fit {
    let name = statement.name(from + 2).unwrap_or_default();
    Fit::Refused(format!("the database \"{name}\" with {feature}"))
}
