//! Statistics of the planner, which `pg_dump --statistics` writes as calls of functions that are as young as that option. They are no
//! contents: a server that lacks the functions does without, and gathers its own.

use crate::domain::pg_version::PgMajor;
use crate::pgtools::sql_tokens::Token;
use crate::pgtools::sql_tokens::begins;

/// The functions, and the first version with each.
const FUNCTIONS: [(&str, PgMajor); 3] = [
    ("pg_restore_extended_stats", PgMajor::new(19)),
    ("pg_restore_relation_stats", PgMajor::new(18)),
    ("pg_restore_attribute_stats", PgMajor::new(18)),
];

/// The first version that takes these statements; `None` where they are none that are known.
pub fn statistics_since(sql: &[u8]) -> Option<PgMajor> {
    let names = |function: &str| {
        sql.windows(function.len())
            .any(|window| window == function.as_bytes())
    };
    FUNCTIONS
        .iter()
        .find(|(function, _)| names(function))
        .map(|(_, since)| *since)
}

/// What is left out where a statement is such a call that a server of this version does not know.
pub(super) fn left_out(tokens: &[Token], target: PgMajor) -> Option<String> {
    if !begins(tokens, &["select"]) {
        return None;
    }
    let (_, since) = FUNCTIONS
        .iter()
        .find(|(function, _)| tokens.iter().take(8).any(|token| token.is_word(function)))?;
    (*since > target).then(|| describe(target))
}

/// What is said of statistics that are left out.
pub fn describe(target: PgMajor) -> String {
    format!(
        "the planner statistics of the backup, which PostgreSQL {target} cannot import: ANALYZE collects them again"
    )
}
