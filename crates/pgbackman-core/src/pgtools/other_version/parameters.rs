//! Settings of roles and databases, and privileges on parameters: a version has its own parameters, newer and older ones.

use super::assignment::{self, Assignment};
use super::fit::{Fit, Knows, Script};
use crate::domain::pg_version::PgMajor;
use crate::pgtools::list_setting::Calling;
use crate::pgtools::sql_statements::Statement;
use crate::pgtools::sql_tokens::Token;

/// The first version with privileges on parameters.
const PRIVILEGES: PgMajor = PgMajor::new(15);

/// A setting of a role or database; other ALTERs are the same everywhere.
pub(super) fn of_setting(statement: &Statement, from: usize, knows: &Knows, script: Script) -> Fit {
    let Some(assignment) = Assignment::of(statement, from) else {
        return Fit::Same;
    };
    let of = statement.name(from + 2).unwrap_or_default();
    let parameter = &assignment.parameter;
    // Every server takes a name with a prefix.
    if !parameter.contains('.') && !knows.parameters.contains(parameter) {
        return Fit::LeftOut(format!(
            "the setting {parameter} of \"{of}\", a parameter that PostgreSQL {} does not have",
            knows.major
        ));
    }
    if let Some(reason) = knows.refused_settings.get(&assignment.sql) {
        return Fit::LeftOut(format!("the setting {parameter} of \"{of}\" ({reason})"));
    }
    if assignment::NAMING_A_ROLE.contains(&parameter.as_str())
        && let Some(changes) = assignment::mapped_role(statement, from, &knows.mapped_roles)
    {
        return Fit::Changed(changes);
    }
    if assignment.is_empty_list(script != Script::OfPgDumpAll) {
        let calling = match script {
            Script::OurBlock => Calling::PlPgSql,
            Script::OfPgDumpAll | Script::Ours => Calling::Sql,
        };
        return Fit::Changed(assignment::empty_list(statement, from, calling));
    }
    Fit::Same
}

/// The parameter that a GRANT or REVOKE is about.
pub(super) fn granted(tokens: &[Token]) -> Option<String> {
    let on = tokens.iter().position(|token| token.is_word("on"))?;
    tokens
        .get(on + 1)
        .filter(|token| token.is_word("parameter"))?;
    assignment::parameter(tokens, on + 2)
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
