//! What the client programs warn of although they end without an error: their own lines in the log of the dump.

use std::collections::BTreeSet;
use std::io::{self, BufRead};

/// Warnings that are told; the log has them all.
const TOLD: usize = 10;

/// The warnings in a log, each once, in order.
///
/// Only what a client program marks as its own counts (`pg_dump: warning: …`, `pg_dump: WARNING: …` before 12), with the lines
/// that it adds to it. What the server says of the login or of its collations is in the log, and is no fault of the backup.
pub(crate) fn warnings(log: impl BufRead) -> io::Result<Vec<String>> {
    let mut told: Vec<String> = Vec::new();
    let mut known = BTreeSet::new();
    let mut current: Option<String> = None;
    let mut end = |current: &mut Option<String>| {
        if let Some(text) = current.take()
            && known.insert(text.clone())
        {
            told.push(text);
        }
    };
    for line in log.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if is_warning(&line) {
            end(&mut current);
            current = Some(line.trim_end().to_owned());
        } else if let (Some(text), Some(added)) = (&mut current, addition(&line)) {
            text.push(' ');
            text.push_str(added.trim());
        } else {
            end(&mut current);
        }
    }
    end(&mut current);
    if told.len() > TOLD {
        let more = told.len() - TOLD;
        told.truncate(TOLD);
        told.push(format!("and {more} more warnings (see the log)"));
    }
    Ok(told)
}

/// What stands behind the name of the client program that says a line.
fn of_program(line: &str) -> Option<&str> {
    ["pg_dump: ", "pg_dumpall: "]
        .iter()
        .find_map(|program| line.strip_prefix(program))
}

fn is_warning(line: &str) -> bool {
    of_program(line)
        .is_some_and(|said| said.starts_with("warning: ") || said.starts_with("WARNING: "))
}

/// What a line adds to the message before it.
fn addition(line: &str) -> Option<&str> {
    let said = of_program(line)?;
    ["detail: ", "hint: "]
        .iter()
        .find_map(|mark| said.strip_prefix(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b6_warnings_of_the_program_are_told_with_what_belongs_to_them() {
        let log = "pg_dump: reading subscriptions\n\
            pg_dump: warning: subscriptions not dumped because current user is not a superuser\n\
            WARNING:  database \"x\" has a collation version mismatch\n\
            pg_dump: warning: there are circular foreign-key constraints on this table:\n\
            pg_dump: detail:   t\n\
            pg_dump: hint: Consider using a full dump.\n\
            pg_dump: dumping contents of table \"public.pg_dump: warning: x\"\n\
            pg_dump: warning: subscriptions not dumped because current user is not a superuser\n\
            pg_dumpall: WARNING: old";
        assert_eq!(
            warnings(log.as_bytes()).unwrap(),
            [
                "pg_dump: warning: subscriptions not dumped because current user is not a superuser",
                "pg_dump: warning: there are circular foreign-key constraints on this table: t Consider using a full dump.",
                "pg_dumpall: WARNING: old",
            ]
        );
        let many = (0..12)
            .map(|n| format!("pg_dump: warning: {n}"))
            .collect::<Vec<_>>()
            .join("\n");
        let told = warnings(many.as_bytes()).unwrap();
        assert_eq!(told.len(), 11);
        assert_eq!(told[10], "and 2 more warnings (see the log)");
        assert!(warnings("".as_bytes()).unwrap().is_empty());
    }
}
