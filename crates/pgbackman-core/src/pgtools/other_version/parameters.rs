//! Settings of roles and databases, and privileges on parameters: a version has its own parameters, newer and older ones.

use super::{Fit, Knows, name};
use crate::domain::pg_version::PgMajor;
use crate::pgtools::sql_tokens::Token;

/// The first version with privileges on parameters.
const PRIVILEGES: PgMajor = PgMajor::new(15);

/// `ALTER ROLE x [IN DATABASE y] SET p …`, `ALTER DATABASE y SET p …`; other ALTERs are the same everywhere.
pub(super) fn of_setting(tokens: &[Token], knows: &Knows) -> Fit {
    let at = [3, 6]
        .into_iter()
        .find(|at| tokens.get(*at).is_some_and(|token| token.is_word("set")));
    let Some(parameter) = at.and_then(|at| unprefixed(tokens, at + 1)) else {
        return Fit::Same;
    };
    // SET TABLESPACE is no parameter.
    if parameter == "tablespace" || knows.parameters.contains(&parameter) {
        return Fit::Same;
    }
    let of = name(tokens, 2).unwrap_or_default();
    Fit::LeftOut(format!(
        "the setting {parameter} of \"{of}\", a parameter that PostgreSQL {} does not have",
        knows.major
    ))
}

/// The parameter's name, in lower case; none for one with a prefix, which every server takes.
fn unprefixed(tokens: &[Token], at: usize) -> Option<String> {
    full_name(tokens, at).filter(|parameter| !parameter.contains('.'))
}

/// The same with its prefix.
fn full_name(tokens: &[Token], at: usize) -> Option<String> {
    let first = name(tokens, at)?.to_lowercase();
    if tokens.get(at + 1) != Some(&Token::Symbol(b'.')) {
        return Some(first);
    }
    let second = name(tokens, at + 2)?.to_lowercase();
    Some(format!("{first}.{second}"))
}

/// The parameter that a GRANT or REVOKE is about.
pub(super) fn granted(tokens: &[Token]) -> Option<String> {
    let on = tokens.iter().position(|token| token.is_word("on"))?;
    tokens
        .get(on + 1)
        .filter(|token| token.is_word("parameter"))?;
    full_name(tokens, on + 2)
}

pub(super) fn of_grant(parameter: &str, knows: &Knows) -> Fit {
    if knows.major < PRIVILEGES {
        return Fit::LeftOut(format!(
            "privileges ON PARAMETER {parameter}, which PostgreSQL {} does not have",
            knows.major
        ));
    }
    if parameter.contains('.') || knows.parameters.contains(parameter) {
        return Fit::Same;
    }
    Fit::LeftOut(format!(
        "privileges on the parameter {parameter}, which PostgreSQL {} does not have",
        knows.major
    ))
}
