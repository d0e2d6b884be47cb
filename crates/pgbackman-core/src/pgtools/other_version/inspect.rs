//! What an archive's SQL, or a whole node's script, holds that a server of another version cannot have.

use std::collections::BTreeSet;
use std::io::{self, BufRead};

use super::builtins::Builtins;
use super::fit::Fit;
use super::{database, lacking, since, statistics};
use crate::domain::pg_version::PgMajor;
use crate::pgtools::sql_statements::Statements;
use crate::pgtools::sql_tokens::{Token, begins, name};

/// What an archive's SQL shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What a server of the version in question cannot have.
    pub refused: BTreeSet<String>,
    /// Collations of the server's own that are used, by name: each server has those that its libraries had when it was made.
    pub collations: BTreeSet<String>,
    /// Whether strings are written as for `standard_conforming_strings = off`.
    pub escaping_strings: bool,
    /// Functions that no server takes as they are written ([`Inspection`] is of an archive that `pg_dump` before 19 made).
    pub broken_functions: BTreeSet<String>,
    /// Whether there are statistics of the planner that a server of the version in question cannot take.
    pub unknown_statistics: bool,
}

/// What of a server an archive is checked for.
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
pub fn inspect(script: impl BufRead, server: &Server) -> io::Result<Inspection> {
    let mut seen = Inspection::default();
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
            since::needed(&statement.tokens, server.major)
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
