//! Options of columns that a server keeps for itself. From 15.20 and 17.12 on (and in the releases of their day) every new column has one,
//! `pg_attver`. The clients of these releases leave it out. Older ones, also of a newer major version, write it:
//! `ALTER TABLE ONLY t ALTER COLUMN a SET (pg_attver=22158952);`. A server that knows it ignores the value, any other refuses the
//! statement, and with it, in one message of `pg_restore`, the whole table.

use memchr::memmem;

use super::sql_statements::Statement;
use super::sql_tokens::Token;

/// The option.
const NAME: &str = "pg_attver";
/// How a client writes it, first among the options of a column.
const WRITTEN: &[u8] = b" SET (pg_attver=";

/// Where a statement sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sets {
    /// The statement does nothing else.
    Alone,
    /// These replacements of its tokens take the option out.
    Among(Vec<(usize, String)>),
}

/// Whether and where a statement sets the option of a column.
pub fn set_by(statement: &Statement) -> Option<Sets> {
    let tokens = &statement.tokens;
    if !statement.begins(&["alter"]) {
        return None;
    }
    let open = tokens
        .windows(2)
        .position(|pair| pair[0].is_word("set") && pair[1] == Token::Symbol(b'('))?
        + 1;
    let of_column = tokens[..open]
        .windows(2)
        .any(|pair| pair[0].is_word("alter") && pair[1].is_word("column"));
    let at = open
        + tokens[open..]
            .iter()
            .position(|token| token.is_word(NAME))?;
    if !of_column {
        return None;
    }
    let is_end = |token: &Token| matches!(token, Token::Symbol(b',' | b')'));
    let end = at + tokens[at..].iter().position(is_end)?;
    let (is_first, is_last) = (at == open + 1, tokens[end] == Token::Symbol(b')'));
    // With the comma that is too much then.
    let taken_out = match (is_first, is_last) {
        (true, true) => return Some(Sets::Alone),
        (_, false) => at..end + 1,
        (false, true) => at - 1..end,
    };
    let changes = taken_out.map(|at| (at, String::new())).collect();
    Some(Sets::Among(changes))
}

/// Whether a text may have such a statement: the mark of it is there.
pub fn may_be_in(sql: &[u8]) -> bool {
    memmem::find(sql, WRITTEN).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::sql_statements::Statements;
    use super::*;

    fn without_it(sql: &str) -> Option<String> {
        let statement = Statements::new(sql.as_bytes())
            .read_next()
            .unwrap()
            .unwrap();
        Some(match set_by(&statement)? {
            Sets::Alone => String::new(),
            Sets::Among(changes) => String::from_utf8(statement.whole_with(&changes)).unwrap(),
        })
    }

    #[test]
    fn the_option_goes_and_others_stay() {
        let alter = "ALTER TABLE ONLY public.t ALTER COLUMN a SET";
        for (options, expected) in [
            ("pg_attver=22158952", ""),
            ("pg_attver=22158952, n_distinct=5", " n_distinct=5"),
            ("n_distinct=5, pg_attver=22158952", "n_distinct=5 "),
        ] {
            let found = without_it(&format!("{alter} ({options});")).unwrap();
            let expected = if expected.is_empty() {
                String::new()
            } else {
                format!("{alter} ({expected});")
            };
            assert_eq!(found, expected, "{options}");
        }
        for other in [
            "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5);",
            "ALTER TABLE ONLY public.t ALTER COLUMN pg_attver SET (n_distinct=5);",
            "ALTER TABLE public.t SET (pg_attver=1);",
            "ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT 'SET (pg_attver=1)';",
            "SELECT ' SET (pg_attver=1)';",
        ] {
            assert_eq!(without_it(other), None, "{other}");
        }
    }
}
