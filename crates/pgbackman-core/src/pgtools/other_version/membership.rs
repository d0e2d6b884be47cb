//! `GRANT role TO member`: with options since 16, before that with ADMIN OPTION alone.

use super::fit::{Fit, Knows};
use crate::domain::pg_version::PgMajor;
use crate::pgtools::sql_tokens::Token;
use crate::pgtools::sql_tokens::name;

/// The first version whose memberships have options.
const OPTIONS: PgMajor = PgMajor::new(16);

/// The options, as they stand.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    admin: bool,
    inherit: Option<bool>,
    set: Option<bool>,
}

pub(super) fn fit(tokens: &[Token], from: usize, knows: &Knows) -> Fit {
    let (Some(role), Some(member)) = (name(tokens, 1), name(tokens, 3)) else {
        return Fit::Same;
    };
    if role.starts_with("pg_") && !knows.roles.contains(&role) {
        return Fit::LeftOut(format!(
            "the membership of \"{member}\" in {role}, a role that PostgreSQL {} does not have",
            knows.major
        ));
    }
    if knows.major >= OPTIONS {
        return without_grantor(tokens, from);
    }
    let end = (4..tokens.len())
        .find(|at| tokens[*at].is_word("granted"))
        .unwrap_or(tokens.len());
    let given = &tokens[4.min(end)..end];
    let options = read(given);
    let expected = !knows.not_inheriting.contains(&member);
    let differs =
        options.set == Some(false) || options.inherit.is_some_and(|inherit| inherit != expected);
    if differs {
        return Fit::Refused(format!(
            "the membership of \"{member}\" in \"{role}\" with INHERIT {} and SET {} (before 16 a membership has no \
             such options, and would grant more or less than before); create both roles there first, with the intended \
             memberships",
            word(options.inherit.unwrap_or(expected)),
            word(options.set.unwrap_or(true))
        ));
    }
    if given.is_empty() || (options.inherit.is_none() && options.set.is_none() && !has_value(given))
    {
        return Fit::Same;
    }
    let mut changes: Vec<(usize, String)> = (4..end).map(|at| (from + at, String::new())).collect();
    if options.admin
        && let Some((_, first)) = changes.first_mut()
    {
        "WITH ADMIN OPTION".clone_into(first);
    }
    Fit::Changed(changes)
}

/// Before 16 anybody could be the grantor, and it meant nothing; since then only who has the ADMIN OPTION already can. A
/// membership that says nothing of INHERIT is of such a version.
fn without_grantor(tokens: &[Token], from: usize) -> Fit {
    let options = tokens.get(4..).unwrap_or_default();
    let granted = options.iter().position(|token| token.is_word("granted"));
    match granted {
        Some(at) if !options[..at].iter().any(|token| token.is_word("inherit")) => Fit::Changed(
            (4 + at..tokens.len())
                .map(|at| (from + at, String::new()))
                .collect(),
        ),
        _ => Fit::Same,
    }
}

/// Whether ADMIN is written as since 16, with TRUE or FALSE.
fn has_value(given: &[Token]) -> bool {
    given
        .iter()
        .any(|token| token.is_word("true") || token.is_word("false"))
}

fn word(value: bool) -> &'static str {
    if value { "TRUE" } else { "FALSE" }
}

/// Reads `WITH ADMIN OPTION, INHERIT TRUE, SET FALSE`.
fn read(given: &[Token]) -> Options {
    let mut options = Options::default();
    for pair in given.windows(2) {
        let value = !pair[1].is_word("false");
        if pair[0].is_word("admin") {
            options.admin = value;
        } else if pair[0].is_word("inherit") {
            options.inherit = Some(value);
        } else if pair[0].is_word("set") {
            options.set = Some(value);
        }
    }
    options
}
