//! The settings file of a backup (PgBackMan's own and that of 1.x), for a database of another name, with other roles, or without
//! owner and privileges. Names are replaced where the statements have them, never in the text.

use std::collections::BTreeSet;
use std::io;

use crate::pgtools::quote::identifier;
use crate::pgtools::role_map::replacements;
use crate::pgtools::sql_statements::{Statement, Statements};
use crate::pgtools::sql_tokens::Token;

/// How the database is to be made.
pub struct Wanted<'a> {
    /// Its name on the target.
    pub name: &'a str,
    /// The role of the target for a role of the backup; `None`: the same.
    pub map: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the owner is kept.
    pub owner: bool,
    /// Whether privileges are kept.
    pub privileges: bool,
    /// Whether the tablespace is kept.
    pub tablespace: bool,
}

/// What the file says, ready to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatabaseScript {
    /// `CREATE DATABASE …`, which runs outside a transaction; none where the file has none.
    pub create: Option<String>,
    /// What follows, in order, for one transaction.
    pub settings: Vec<String>,
    /// What is run in a session of the database, as it stands: names in it are as that session sees them ([`super::inside_script`]).
    pub inside: Vec<String>,
    /// What CREATE DATABASE says.
    pub options: CreateOptions,
    /// Every role that is named, after mapping.
    pub roles: BTreeSet<String>,
}

/// The options of CREATE DATABASE that a target may not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateOptions {
    /// `OWNER`.
    pub owner: Option<String>,
    /// `ENCODING`.
    pub encoding: Option<String>,
    /// `LOCALE_PROVIDER`, in lower case.
    pub provider: Option<String>,
    /// `LC_COLLATE`, or 1.x's `LOCALE`.
    pub collate: Option<String>,
    /// `LC_CTYPE`, or 1.x's `LOCALE`.
    pub ctype: Option<String>,
    /// `ICU_LOCALE` or `BUILTIN_LOCALE`.
    pub locale: Option<String>,
    /// `TABLESPACE`.
    pub tablespace: Option<String>,
}

/// Reads a settings file.
///
/// # Errors
/// A text that ends inside quotes, or that is not UTF-8.
pub fn read(script: &[u8], wanted: &Wanted<'_>) -> io::Result<DatabaseScript> {
    let mut read = DatabaseScript::default();
    let mut statements = Statements::new(script);
    let mut is_inside = false;
    while let Some(statement) = statements.read_next()? {
        is_inside |= connects(&statement);
        if !is_inside {
            take(&statement, wanted, &mut read)?;
        } else if !statement.tokens.is_empty() && !statement.begins(&["set"]) {
            // The session is the restore's own.
            read.inside.push(text(statement.with(&[]))?);
        }
    }
    Ok(read)
}

/// Whether a script connects to a database before a statement.
fn connects(statement: &Statement) -> bool {
    let mut lines = statement.before().split(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"\\connect "))
}

fn take(statement: &Statement, wanted: &Wanted<'_>, read: &mut DatabaseScript) -> io::Result<()> {
    let transaction = [["begin"], ["commit"]];
    if statement.tokens.is_empty() || transaction.iter().any(|words| statement.begins(words)) {
        return Ok(());
    }
    if let Some((inner, rest)) = conditional_create(statement)? {
        take(&inner, wanted, read)?;
        return match rest {
            Some(rest) => take(&rest, wanted, read),
            None => Ok(()),
        };
    }
    let is_grant = statement.begins(&["grant"]) || statement.begins(&["revoke"]);
    let is_session = statement.begins(&["set", "session"]) || statement.begins(&["reset"]);
    if (is_grant || is_session) && !wanted.privileges {
        return Ok(());
    }
    let changes_owner = statement
        .tokens
        .windows(2)
        .any(|pair| pair[0].is_word("owner") && pair[1].is_word("to"));
    if statement.begins(&["alter", "database"]) && changes_owner && !wanted.owner {
        return Ok(());
    }
    let mut changes = replacements(statement, wanted.map);
    read.roles.extend(named_roles(statement, wanted.map));
    if let Some(at) = database_name(statement) {
        changes.push((at, identifier(wanted.name)));
    }
    if statement.begins(&["alter", "role"]) {
        role_at(statement, 2, wanted, &mut changes, &mut read.roles);
    }
    if statement.begins(&["create", "database"]) {
        read.options = options(statement, wanted, &mut changes, &mut read.roles);
        read.create = Some(text(statement.with(&changes))?);
    } else {
        read.settings.push(text(statement.with(&changes))?);
    }
    Ok(())
}

/// `SELECT 'CREATE DATABASE …' WHERE NOT EXISTS (…) \gexec` for databases that every cluster has: the statement inside, and
/// what follows.
fn conditional_create(statement: &Statement) -> io::Result<Option<(Statement, Option<Statement>)>> {
    if !statement.begins(&["select"]) || !matches!(statement.tokens.get(1), Some(Token::Literal(_)))
    {
        return Ok(None);
    }
    let gexec = statement
        .tokens
        .windows(2)
        .position(|pair| pair[0] == Token::Symbol(b'\\') && pair[1].is_word("gexec"));
    let Some(gexec) = gexec else {
        return Ok(None);
    };
    let literal = &statement.text[statement.spans[1].clone()];
    let first = |script: &[u8]| Statements::new(script).read_next();
    let inner = first(&unquoted(literal))?;
    let rest = statement.spans.get(gexec + 2).map(|span| span.start);
    let rest = rest
        .map(|start| first(&statement.text[start..]))
        .transpose()?;
    Ok(inner.map(|inner| (inner, rest.flatten())))
}

/// The value of a string constant, `'…'` or `E'…'`, as [`crate::pgtools::quote::literal`] writes it.
fn unquoted(constant: &[u8]) -> Vec<u8> {
    let escapes = constant
        .first()
        .is_some_and(|byte| matches!(byte, b'e' | b'E'));
    let inner = &constant[usize::from(escapes) + 1..constant.len().saturating_sub(1)];
    let mut value = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        if *byte == b'\'' || (escapes && *byte == b'\\') {
            value.extend(bytes.next());
        } else {
            value.push(*byte);
        }
    }
    value
}

/// Where the database's name stands: behind the first DATABASE outside parentheses.
pub(super) fn database_name(statement: &Statement) -> Option<usize> {
    let at = statement
        .tokens
        .iter()
        .position(|token| token.is_word("database"))?;
    statement.tokens.get(at + 1)?.name()?;
    Some(at + 1)
}

fn named_roles(statement: &Statement, map: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    crate::pgtools::archive_roles::positions(&statement.tokens)
        .into_iter()
        .filter_map(|at| statement.name(at))
        .map(|name| map(&name).unwrap_or(name))
        .collect()
}

fn role_at(
    statement: &Statement,
    at: usize,
    wanted: &Wanted<'_>,
    changes: &mut Vec<(usize, String)>,
    roles: &mut BTreeSet<String>,
) {
    if let Some(name) = statement.name(at) {
        let mapped = (wanted.map)(&name);
        if let Some(new) = &mapped {
            changes.push((at, identifier(new)));
        }
        roles.insert(mapped.unwrap_or(name));
    }
}

/// Reads the options of CREATE DATABASE; what is not wanted becomes nothing.
fn options(
    statement: &Statement,
    wanted: &Wanted<'_>,
    changes: &mut Vec<(usize, String)>,
    roles: &mut BTreeSet<String>,
) -> CreateOptions {
    let mut options = CreateOptions::default();
    let tokens = &statement.tokens;
    for at in 3..tokens.len() {
        let Token::Word(word) = &tokens[at] else {
            continue;
        };
        let equals = tokens.get(at + 1) == Some(&Token::Symbol(b'='));
        let value_at = at + 1 + usize::from(equals);
        let Some(value) = value_of(statement, value_at) else {
            continue;
        };
        let mut drop_option = || {
            changes.extend((at..=value_at).map(|token| (token, String::new())));
        };
        match word.as_slice() {
            b"owner" if wanted.owner => {
                role_at(statement, value_at, wanted, changes, roles);
                options.owner = Some((wanted.map)(&value).unwrap_or(value));
            }
            b"tablespace" if wanted.tablespace => options.tablespace = Some(value),
            b"owner" | b"tablespace" => drop_option(),
            b"encoding" => options.encoding = Some(value),
            b"locale_provider" => options.provider = Some(value.to_lowercase()),
            b"locale" => {
                options.collate = Some(value.clone());
                options.ctype = Some(value);
            }
            b"lc_collate" => options.collate = Some(value),
            b"lc_ctype" => options.ctype = Some(value),
            b"icu_locale" | b"builtin_locale" => options.locale = Some(value),
            _ => {}
        }
    }
    options
}

fn value_of(statement: &Statement, at: usize) -> Option<String> {
    match statement.tokens.get(at)? {
        Token::Word(text) | Token::Quoted(text) | Token::Literal(text) => {
            Some(String::from_utf8_lossy(text).into_owned())
        }
        Token::Symbol(_) => None,
    }
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
#[path = "settings_script_tests.rs"]
mod tests;
