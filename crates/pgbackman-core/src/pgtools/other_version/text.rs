//! One statement of a roles or settings file as text, also a DO block around several.

use std::io;

use super::do_block::{body, inside};
use super::fit::{Fit, Knows, Script};
use super::statement::fit_of;
use crate::pgtools::sql_statements::{Statement, Statements};

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fitted {
    /// What is run; `None` where nothing of it is.
    pub sql: Option<String>,
    /// What was left out, and why.
    pub left_out: Vec<String>,
    /// What the target cannot have.
    pub refused: Vec<String>,
}

/// Fits a statement of ours to a target.
///
/// # Errors
/// A text that ends inside quotes.
pub fn fit_text(sql: &str, knows: &Knows) -> io::Result<Fitted> {
    let mut fitted = Fitted::default();
    let Some(statement) = Statements::new(sql.as_bytes()).read_next()? else {
        return Ok(fitted);
    };
    if statement.begins(&["do"]) {
        fitted.sql = Some(block(&statement, knows, &mut fitted)?);
        return Ok(fitted);
    }
    let changes = match fit_of(&statement, 0, knows, Script::Ours) {
        Fit::Same => Vec::new(),
        Fit::Changed(changes) => changes,
        Fit::LeftOut(what) => {
            fitted.left_out.push(what);
            return Ok(fitted);
        }
        Fit::Refused(what) => {
            fitted.refused.push(what);
            return Ok(fitted);
        }
    };
    fitted.sql = Some(text(statement.whole_with(&changes))?);
    Ok(fitted)
}

/// A DO block, with the statements inside it fitted: one that is left out becomes NULL, PL/pgSQL's statement for nothing.
fn block(statement: &Statement, knows: &Knows, fitted: &mut Fitted) -> io::Result<String> {
    let Some((constant, body_at)) = body(statement) else {
        return text(statement.text.clone());
    };
    let (tag, end) = (body_at.start, body_at.end);
    let mut body = Vec::with_capacity(constant.len());
    for (inner, from) in inside(statement)? {
        if from >= inner.tokens.len() {
            body.extend_from_slice(&inner.text);
            continue;
        }
        let nothing = || {
            (from..inner.tokens.len())
                .map(|at| {
                    let word = if at == from { "NULL" } else { "" };
                    (at, word.to_owned())
                })
                .collect::<Vec<_>>()
        };
        let changes = match fit_of(&inner, from, knows, Script::OurBlock) {
            Fit::Same => Vec::new(),
            Fit::Changed(changes) => changes,
            Fit::LeftOut(what) => {
                fitted.left_out.push(what);
                nothing()
            }
            Fit::Refused(what) => {
                fitted.refused.push(what);
                nothing()
            }
        };
        body.extend(inner.whole_with(&changes));
    }
    let quoted = [&constant[..tag], &body, &constant[end..]].concat();
    text(statement.whole_with(&[(1, text(quoted)?)]))
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
