//! The statements inside a DO block of ours.

use std::io;
use std::ops::Range;

use crate::pgtools::sql_statements::{Statement, Statements};

/// A DO block's constant, and where its body is in it.
pub(super) fn body(statement: &Statement) -> Option<(&[u8], Range<usize>)> {
    let constant = &statement.text[statement.spans.get(1)?.clone()];
    let tag = constant
        .iter()
        .skip(1)
        .position(|byte| *byte == b'$')
        .map_or(0, |at| at + 2);
    Some((constant, tag..constant.len().saturating_sub(tag).max(tag)))
}

/// The statements inside a DO block, with where each begins among its tokens: IF … THEN stands before the first one.
pub(super) fn inside(statement: &Statement) -> io::Result<Vec<(Statement, usize)>> {
    let mut found = Vec::new();
    let Some((constant, at)) = body(statement) else {
        return Ok(found);
    };
    let mut statements = Statements::new(&constant[at]);
    while let Some(inner) = statements.read_next()? {
        let from = inner
            .tokens
            .iter()
            .rposition(|token| token.is_word("then") || token.is_word("else"))
            .map_or(0, |at| at + 1);
        found.push((inner, from));
    }
    Ok(found)
}
