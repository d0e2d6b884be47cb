//! Which roles an archive names, read from the SQL text `pg_restore` makes of it: the roles file must have them all, or the
//! backup is not SUCCEEDED (`docs/spec/backups.md`, "What a backup consists of").
//!
//! The way there: `pg_restore --list` ([`super::argv::pg_restore_list`]), without the entries that are data
//! ([`without_data`]), given back to `pg_restore` ([`super::argv::pg_restore_script`]), whose output [`read`] reads.
//! `--schema-only` would be shorter and would leave out the owners and privileges of large objects.

use std::collections::BTreeSet;
use std::io::{self, BufRead};

use super::sql_tokens::{Token, Tokens};

/// Entries of an archive's list that hold data and name no role a restore needs.
const DATA_ENTRIES: &[&str] = &["TABLE DATA ", "BLOBS ", "SEQUENCE SET ", "STATISTICS DATA "];

/// The list `pg_restore --list` gives, without the entries that are data. It is in the archive's encoding.
pub fn without_data(list: &[u8]) -> Vec<u8> {
    let lines = list.split_inclusive(|byte| *byte == b'\n');
    lines
        .filter(|line| !is_data_entry(line))
        .flatten()
        .copied()
        .collect()
}

/// Whether a line is `<number>; <oid> <oid> <one of DATA_ENTRIES>…`.
fn is_data_entry(line: &[u8]) -> bool {
    let mut words = line.splitn(4, |byte| *byte == b' ');
    let [Some(number), Some(class), Some(object), Some(entry)] =
        std::array::from_fn(|_| words.next())
    else {
        return false;
    };
    let number = number.strip_suffix(b";");
    let numbers = [number, Some(class), Some(object)];
    numbers
        .iter()
        .all(|word| word.is_some_and(|word| word.iter().all(u8::is_ascii_digit)))
        && DATA_ENTRIES
            .iter()
            .any(|data| entry.starts_with(data.as_bytes()))
}

/// The roles a script names, in the script's encoding: owners, grantees, grantors, those of default privileges, policies,
/// user mappings and session authorizations. Streaming; only statements that can name a role are checked.
///
/// # Errors
/// The reader's, and a text that ends inside quotes.
pub fn read(script: impl BufRead) -> io::Result<BTreeSet<Vec<u8>>> {
    let mut roles = BTreeSet::new();
    let mut statement = Vec::new();
    for token in Tokens::new(script) {
        let token = token?;
        if token == Token::Symbol(b';') {
            collect(&statement, &mut roles);
            statement.clear();
        } else if is_of_interest(&statement, &token) {
            statement.push(token);
        }
    }
    collect(&statement, &mut roles);
    Ok(roles)
}

/// Whether a token must be kept: the first words tell if its statement can name a role. A table's columns and a
/// function's body never pile up.
fn is_of_interest(statement: &[Token], token: &Token) -> bool {
    let Some(first) = statement.first() else {
        return true;
    };
    let one_of = |words: &[&str]| words.iter().any(|word| first.is_word(word));
    match statement.len() {
        1 if first.is_word("create") => true,
        _ if one_of(&["alter", "grant", "revoke", "set"]) => true,
        _ if first.is_word("create") => statement.get(1).is_some_and(|second| {
            ["policy", "user", "schema"]
                .iter()
                .any(|word| second.is_word(word))
        }),
        _ => token == &Token::Symbol(b';'),
    }
}

/// The roles of one statement.
fn collect(statement: &[Token], roles: &mut BTreeSet<Vec<u8>>) {
    roles.extend(
        positions(statement)
            .into_iter()
            .filter_map(|at| match &statement[at] {
                Token::Word(name) | Token::Quoted(name) | Token::Literal(name) => {
                    Some(name.clone())
                }
                Token::Symbol(_) => None,
            }),
    );
}

/// Where in a statement roles are named, in order.
pub(super) fn positions(statement: &[Token]) -> Vec<usize> {
    let mut found = Vec::new();
    let [first, second, ..] = statement else {
        return found;
    };
    if first.is_word("alter") {
        names_after(statement, &["owner", "to"], false, &mut found);
        if second.is_word("default") {
            names_after(statement, &["for", "role"], true, &mut found);
            grant(statement, &mut found);
        }
    } else if first.is_word("grant") || first.is_word("revoke") {
        grant(statement, &mut found);
    } else if first.is_word("create") && second.is_word("policy") {
        names_after(statement, &["to"], true, &mut found);
    } else if first.is_word("create") && second.is_word("user") {
        names_after(statement, &["mapping", "for"], true, &mut found);
    } else if first.is_word("create") && second.is_word("schema") {
        names_after(statement, &["authorization"], false, &mut found);
    } else if first.is_word("set") && second.is_word("session") {
        session_authorization(statement, &mut found);
    }
    found
}

/// Grantees and grantor. The privileges and the object come first; a name there that is a key word is quoted by the
/// client, so that the first unquoted TO or FROM outside parentheses is the one.
fn grant(statement: &[Token], found: &mut Vec<usize>) {
    names_after(statement, &["to"], true, found);
    names_after(statement, &["from"], true, found);
    names_after(statement, &["granted", "by"], false, found);
}

/// `SET SESSION AUTHORIZATION x`, `'x'`, or `DEFAULT`.
fn session_authorization(statement: &[Token], found: &mut Vec<usize>) {
    let [_, _, third, role, ..] = statement else {
        return;
    };
    if !third.is_word("authorization") || role.is_word("default") {
        return;
    }
    if matches!(role, Token::Word(_) | Token::Quoted(_) | Token::Literal(_)) {
        found.push(3);
    }
}

/// The name that follows these words, or with `list` the comma-separated names. Words in parentheses do not count.
fn names_after(statement: &[Token], words: &[&str], list: bool, found: &mut Vec<usize>) {
    let mut depth = 0_usize;
    for (at, token) in statement.iter().enumerate() {
        match token {
            Token::Symbol(b'(') => depth += 1,
            Token::Symbol(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_there = depth == 0
            && statement[at..].len() > words.len()
            && words
                .iter()
                .zip(&statement[at..])
                .all(|(word, token)| token.is_word(word));
        if is_there {
            take_names(statement, at + words.len(), list, found);
            return;
        }
    }
}

fn take_names(statement: &[Token], mut at: usize, list: bool, found: &mut Vec<usize>) {
    loop {
        // GRANT … TO GROUP x, as clients before 9.6 wrote it.
        if let [group, Token::Word(_) | Token::Quoted(_), ..] = &statement[at..]
            && group.is_word("group")
        {
            at += 1;
        }
        let Some(name) = statement.get(at) else {
            return;
        };
        if name.name().is_some() && !stands_for_no_role(name) {
            found.push(at);
        }
        match statement.get(at + 1) {
            Some(Token::Symbol(b',')) if list => at += 2,
            _ => return,
        }
    }
}

/// Unquoted words in the place of a role that are none.
fn stands_for_no_role(token: &Token) -> bool {
    [
        "public",
        "current_user",
        "current_role",
        "session_user",
        "user",
    ]
    .iter()
    .any(|word| token.is_word(word))
}

#[cfg(test)]
#[path = "archive_roles_tests.rs"]
mod tests;
