//! What of a backup's SQL a target of another version cannot take as it stands: written otherwise where it means the same there,
//! left out where the target has nothing that it could be about, refused otherwise, and always before anything is changed.
//!
//! `pg_dumpall` and our own files speak the language of the version that was backed up (`docs/spec/programs.md`, "How a restore
//! goes").

mod assignment;
mod builtins;
mod database;
mod features;
mod lacking;
mod membership;
mod parameters;
mod since;
mod statistics;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};

pub use self::assignment::{Assignment, NAMING_A_ROLE, Value, assignments};
pub use self::builtins::Builtins;
pub use self::statistics::{in_words as statistics_left_out, statistics_since};
pub use self::text::{Fitted, fit_text};
use super::sql_statements::{Statement, Statements};
use super::sql_tokens::{Token, begins, name};
use crate::domain::pg_version::PgMajor;

/// What is known of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knows {
    /// Its version.
    pub major: PgMajor,
    /// Its parameters, in lower case.
    pub parameters: BTreeSet<String>,
    /// Settings ([`Assignment::sql`]) that it refuses, with its reasons.
    pub refused_settings: BTreeMap<String, String>,
    /// The compressions of columns that it was built with; empty before 14.
    pub compressions: BTreeSet<String>,
    /// What it has in `pg_catalog`.
    pub builtins: Box<Builtins>,
    /// Roles of the target that take the place of roles of the backup, where a setting names one.
    pub mapped_roles: BTreeMap<String, String>,
    /// Its roles.
    pub roles: BTreeSet<String>,
    /// Roles, of the target or to be made there, that do not inherit the privileges of those they are members of.
    pub not_inheriting: BTreeSet<String>,
}

/// What becomes of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It is run as it stands.
    Same,
    /// These of its tokens are replaced; it means the same.
    Changed(Vec<(usize, String)>),
    /// It is left out, for this reason: the target has nothing that it could be about.
    LeftOut(String),
    /// The target cannot have what it makes: what that is, and since when there is it.
    Refused(String),
}

/// Whose statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// One of `pg_dumpall`.
    OfPgDumpAll,
    /// One of our own files.
    Ours,
    /// One of our own files, in a DO block.
    OurBlock,
}

/// Looks at a statement of `pg_dumpall`'s script.
pub fn fit(statement: &Statement, knows: &Knows) -> Fit {
    fit_of(statement, 0, knows, Script::OfPgDumpAll)
}

/// Looks at a statement, from this one of its tokens on.
fn fit_of(statement: &Statement, from: usize, knows: &Knows, script: Script) -> Fit {
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
    let needed = features::needed(tokens, knows.major)
        .or_else(|| lacking::compression(tokens, &knows.compressions))
        .or_else(|| knows.builtins.lacking(tokens));
    match needed {
        Some(feature) => Fit::Refused(feature),
        None => Fit::Same,
    }
}

/// What an archive's SQL shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// What a server of the version in question cannot have.
    pub refused: BTreeSet<String>,
    /// Collations of the server's own that are used, by name: each server has those that its libraries had when it was made.
    pub collations: BTreeSet<String>,
    /// Whether strings are written as for `standard_conforming_strings = off`.
    pub escaping_strings: bool,
    /// Functions that no server takes as they are written ([`Seen`] is of an archive that `pg_dump` before 19 made).
    pub broken_functions: BTreeSet<String>,
    /// Whether there are statistics of the planner that a server of the version in question cannot take.
    pub unknown_statistics: bool,
}

/// What of a server an archive is looked at for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its version.
    pub major: PgMajor,
    /// The compressions of columns that it was built with; empty before 14.
    pub compressions: BTreeSet<String>,
    /// What it has in `pg_catalog`; empty where the archive is of no newer version.
    pub builtins: Builtins,
}

impl Server {
    /// A server of this version of which nothing else is known.
    pub fn of(major: u16) -> Self {
        Self {
            major: PgMajor::new(major),
            compressions: BTreeSet::new(),
            builtins: Builtins::default(),
        }
    }
}

/// Looks at SQL, an archive's or a whole node's script without the rows of its tables, for a server.
///
/// # Errors
/// The reader's, and a text that ends inside quotes.
pub fn look(script: impl BufRead, server: &Server) -> io::Result<Seen> {
    let mut seen = Seen::default();
    let mut statements = Statements::new(script);
    while let Some(statement) = statements.read_next()? {
        if statement.is_copy_from_stdin() {
            statements.copy_data(&mut io::sink())?;
            continue;
        }
        if statement.begins(&["create", "database"])
            && let Fit::Refused(what) = database::fit(&statement, 0, server.major)
        {
            seen.refused.insert(what);
        }
        seen.refused.extend(
            features::needed(&statement.tokens, server.major)
                .or_else(|| lacking::compression(&statement.tokens, &server.compressions))
                .or_else(|| server.builtins.lacking(&statement.tokens)),
        );
        seen.broken_functions
            .extend(lacking::function_with_an_empty_list(&statement.tokens));
        seen.collations.extend(collations(&statement.tokens));
        seen.escaping_strings |= escapes_strings(&statement.tokens);
        seen.unknown_statistics |= statistics::left_out(&statement.tokens, server.major).is_some();
    }
    Ok(seen)
}

/// Whether this is how a client says that a backslash escapes in the strings that follow.
pub fn escapes_strings(tokens: &[Token]) -> bool {
    begins(tokens, &["set", "standard_conforming_strings"])
        && tokens.last().is_some_and(|value| {
            value.is_word("off")
                || matches!(value, Token::Literal(text) if text.as_slice() == b"off")
        })
}

/// The collations of the server's own that a statement uses: `COLLATE pg_catalog."nb-x-icu"`, as `pg_dump` names them.
pub fn collations(tokens: &[Token]) -> impl Iterator<Item = String> {
    tokens
        .windows(4)
        .filter(|window| {
            begins(window, &["collate", "pg_catalog"]) && window[2] == Token::Symbol(b'.')
        })
        .filter_map(|window| name(window, 3))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_features;
