//! A setting that a script gives to a role or database.

use std::collections::BTreeMap;
use std::io;

use crate::pgtools::list_setting::{Calling, is_list, through_session};
use crate::pgtools::quote::literal;
use crate::pgtools::sql_statements::{Statement, Statements};
use crate::pgtools::sql_tokens::{Token, begins, name};

/// Parameters whose value is a role.
pub const NAMING_A_ROLE: [&str; 2] = ["role", "session_authorization"];

/// `ALTER ROLE x [IN DATABASE y] SET p …`, `ALTER DATABASE y SET p …`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignment {
    /// The parameter with its prefix, in lower case.
    pub parameter: String,
    /// From SET on, as it stands.
    pub sql: String,
    /// What it is set to.
    pub value: Value,
}

/// What a parameter is set to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Constants, one or as many as a list has.
    Constants(Vec<String>),
    /// What the session has: `FROM CURRENT`.
    OfSession,
    /// Nothing (`TO ;`, as `pg_dumpall` writes an empty list before 19) or NULL (since 19).
    Nothing,
    /// Something else: a number, a word.
    Other,
}

impl Assignment {
    /// The setting of a statement, from this one of its tokens on; none where it is about something else.
    pub fn of(statement: &Statement, from: usize) -> Option<Self> {
        let (at, set) = place(&statement.tokens[from..])?;
        let tokens = &statement.tokens[from..];
        let start = statement.spans.get(from + set)?.start;
        let end = statement.spans.last()?.end;
        Some(Self {
            parameter: parameter(tokens, set + 1)?,
            sql: String::from_utf8_lossy(&statement.text[start..end]).into_owned(),
            value: value(tokens, at),
        })
    }

    /// Whether it stands for an empty list. Our own files before 2.0 wrote one as `TO ''` (`ours`), which is a list of one
    /// empty name, and which nobody can have meant: of libraries it lets nobody in, elsewhere it says the same.
    pub fn is_empty_list(&self, ours: bool) -> bool {
        match &self.value {
            Value::Nothing => is_list(&self.parameter),
            Value::Constants(names) => {
                ours && is_list(&self.parameter) && matches!(&names[..], [name] if name.is_empty())
            }
            Value::OfSession | Value::Other => false,
        }
    }
}

/// Where the value begins (with TO, `=` or FROM), and where SET stands.
fn place(tokens: &[Token]) -> Option<(usize, usize)> {
    if !begins(tokens, &["alter", "role"]) && !begins(tokens, &["alter", "database"]) {
        return None;
    }
    let set = [3, 6]
        .into_iter()
        .find(|at| tokens.get(*at).is_some_and(|token| token.is_word("set")))?;
    // SET TABLESPACE is no parameter.
    if tokens.get(set + 1)?.is_word("tablespace") {
        return None;
    }
    let mut at = set + 2;
    while tokens.get(at) == Some(&Token::Symbol(b'.')) {
        at += 2;
    }
    Some((at, set))
}

/// The parameter's name with its prefix, in lower case.
pub(super) fn parameter(tokens: &[Token], mut at: usize) -> Option<String> {
    let mut full = name(tokens, at)?.to_lowercase();
    while tokens.get(at + 1) == Some(&Token::Symbol(b'.')) {
        full = format!("{full}.{}", name(tokens, at + 2)?.to_lowercase());
        at += 2;
    }
    Some(full)
}

fn value(tokens: &[Token], at: usize) -> Value {
    match tokens.get(at..).unwrap_or_default() {
        [from, current] if from.is_word("from") && current.is_word("current") => Value::OfSession,
        [_] => Value::Nothing,
        [_, null] if null.is_word("null") => Value::Nothing,
        [_, constants @ ..] if !constants.is_empty() => {
            let constant = |token: &Token| match token {
                Token::Literal(text) => Some(Some(String::from_utf8_lossy(text).into_owned())),
                Token::Symbol(b',') => Some(None),
                _ => None,
            };
            match constants.iter().map(constant).collect::<Option<Vec<_>>>() {
                Some(names) => Value::Constants(names.into_iter().flatten().collect()),
                None => Value::Other,
            }
        }
        _ => Value::Other,
    }
}

/// Puts another role into the place of the one that the statement's value names.
pub(super) fn mapped_role(
    statement: &Statement,
    from: usize,
    mapped: &BTreeMap<String, String>,
) -> Option<Vec<(usize, String)>> {
    let (at, _) = place(&statement.tokens[from..])?;
    let at = from + at + 1;
    let Token::Literal(role) = statement.tokens.get(at)? else {
        return None;
    };
    let new = mapped.get(&*String::from_utf8_lossy(role))?;
    Some(vec![(at, literal(new))])
}

/// Makes an empty list of the statement's value, through the session.
pub(super) fn empty_list(
    statement: &Statement,
    from: usize,
    calling: Calling,
) -> Vec<(usize, String)> {
    let tokens = &statement.tokens[from..];
    let Some((at, set)) = place(tokens) else {
        return Vec::new();
    };
    let parameter = parameter(tokens, set + 1).unwrap_or_default();
    let [keep, set, _, put_back] = through_session(&parameter, "", "", calling);
    let alter = &statement.text[statement.spans[from].clone()];
    let mut changes = vec![(
        from,
        format!("{keep};\n{set};\n{}", String::from_utf8_lossy(alter)),
    )];
    changes.extend((at..tokens.len()).map(|token| (from + token, String::new())));
    if let Some((_, first)) = changes.get_mut(1) {
        *first = format!("FROM CURRENT;\n{put_back}");
    }
    changes
}

/// The settings of a statement of a roles or settings file, also of those in a DO block.
///
/// # Errors
/// A text that ends inside quotes.
pub fn assignments(sql: &str) -> io::Result<Vec<Assignment>> {
    let mut found = Vec::new();
    let mut statements = Statements::new(sql.as_bytes());
    while let Some(statement) = statements.read_next()? {
        if statement.begins(&["do"]) {
            for (inner, from) in super::do_block::inside(&statement)? {
                found.extend(Assignment::of(&inner, from));
            }
        } else {
            found.extend(Assignment::of(&statement, 0));
        }
    }
    Ok(found)
}
