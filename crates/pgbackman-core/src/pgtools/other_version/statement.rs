//! One statement of a script, and what becomes of it on a target.

use super::fit::{Fit, Knows, Script};
use super::{database, lacking, membership, parameters, since, statistics};
use crate::pgtools::sql_statements::Statement;
use crate::pgtools::sql_tokens::begins;

/// Looks at a statement of `pg_dumpall`'s script.
pub fn fit(statement: &Statement, knows: &Knows) -> Fit {
    fit_of(statement, 0, knows, Script::OfPgDumpAll)
}

/// Looks at a statement, from this one of its tokens on.
pub(super) fn fit_of(statement: &Statement, from: usize, knows: &Knows, script: Script) -> Fit {
    let tokens = &statement.tokens[from..];
    let begins = |words: &[&str]| begins(tokens, words);
    if begins(&["grant"]) && tokens.get(2).is_some_and(|token| token.is_word("to")) {
        return membership::fit(tokens, from, knows);
    }
    if let Some(what) = statistics::left_out(tokens, knows.major) {
        return Fit::LeftOut(what);
    }
    if begins(&["create", "database"]) {
        return database::fit(statement, from, knows.major);
    }
    if begins(&["alter", "role"]) || begins(&["alter", "database"]) {
        return parameters::of_setting(statement, from, knows, script);
    }
    if (begins(&["grant"]) || begins(&["revoke"]))
        && let Some(name) = parameters::granted(tokens)
    {
        return parameters::of_grant(&name, knows);
    }
    let needed = since::needed(tokens, knows.major)
        .or_else(|| lacking::compression(tokens, &knows.compressions))
        .or_else(|| knows.builtins.lacking(tokens));
    match needed {
        Some(feature) => Fit::Refused(feature),
        None => Fit::Same,
    }
}
