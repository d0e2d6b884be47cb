//! Settings whose value is a list of names, and of them those that SET cannot write: an empty list (`search_path=` in
//! `pg_db_role_setting`), and a list of one empty name.
//!
//! `SET x TO ''` makes a list of one empty name. For libraries to preload that is one that no machine has: whoever has the
//! setting cannot log in any more. Since 19 there is `SET x TO NULL`; every version takes the value from a session that has it
//! (`SET x FROM CURRENT`).

use super::quote::{identifier, literal};

/// Parameters whose stored value is a list of quoted names, each of which must be a constant of its own in SET: the
/// `GUC_LIST_QUOTE` parameters, as in PostgreSQL's `variable_is_guc_list_quote` (src/bin/pg_dump/dumputils.c).
const LISTS_OF_NAMES: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// Where the session's own value waits meanwhile.
const KEPT: &str = "pgbackman.kept";

/// Whether the parameter's value is a list of names.
pub fn is_list(parameter: &str) -> bool {
    LISTS_OF_NAMES
        .iter()
        .any(|name| name.eq_ignore_ascii_case(parameter))
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calling {
    /// As a statement of its own.
    Sql,
    /// In a DO block of a transaction.
    PlPgSql,
}

/// What gives a role or database this value through the session, which afterwards has the one that it had. `alter` is the
/// statement up to SET.
pub fn through_session(parameter: &str, value: &str, alter: &str, calling: Calling) -> [String; 4] {
    let (verb, local) = match calling {
        Calling::Sql => ("SELECT", "false"),
        Calling::PlPgSql => ("PERFORM", "true"),
    };
    let set = |parameter: &str, value: &str| {
        format!(
            "{verb} pg_catalog.set_config({}, {value}, {local})",
            literal(parameter)
        )
    };
    let current = |parameter: &str| format!("pg_catalog.current_setting({})", literal(parameter));
    [
        set(KEPT, &current(parameter)),
        set(parameter, &literal(value)),
        format!("{alter} SET {} FROM CURRENT", identifier(parameter)),
        set(parameter, &current(KEPT)),
    ]
}
