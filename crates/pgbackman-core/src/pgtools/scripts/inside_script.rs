//! Statements of a settings file that are run in a session of the new database, for a database of another name and with other roles.

use std::collections::BTreeSet;
use std::io;

use super::settings_script::database_name;
use crate::pgtools::quote::identifier;
use crate::pgtools::sql_statements::{Statement, Statements};

/// What a session makes of the names.
pub struct Names<'a> {
    /// The database, as the session sees it.
    pub database: &'a str,
    /// The role that takes a role's place, as the session sees both.
    pub role: &'a dyn Fn(&str) -> String,
    /// Whether this run has made the role: only then are texts of its own given to it.
    pub is_made: &'a dyn Fn(&str) -> bool,
}

/// The statements that give a role something that does not belong to a database.
///
/// # Errors
/// For a statement that ends inside quotes.
pub fn of_roles(statements: Vec<String>) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for text in statements {
        let statement = read(&text)?;
        if statement.is_some_and(|one| role_at(&one).is_some() && database_name(&one).is_none()) {
            found.push(text);
        }
    }
    Ok(found)
}

/// The roles that statements name.
///
/// # Errors
/// For a statement that ends inside quotes.
pub fn roles(statements: &[String]) -> io::Result<BTreeSet<String>> {
    let mut roles = BTreeSet::new();
    for text in statements {
        if let Some(statement) = read(text)? {
            roles.extend(role_at(&statement).and_then(|at| statement.name(at)));
        }
    }
    Ok(roles)
}

/// The statement for a session; `None` where it is not run.
///
/// # Errors
/// For a statement that ends inside quotes.
pub fn fitted(text: &str, names: &Names<'_>) -> io::Result<Option<String>> {
    let Some(statement) = read(text)? else {
        return Ok(None);
    };
    let mut changes = Vec::new();
    let database = database_name(&statement);
    if let Some(at) = database {
        changes.push((at, identifier(names.database)));
    }
    if let Some((at, role)) = role_at(&statement).and_then(|at| Some((at, statement.name(at)?))) {
        if database.is_none() && !(names.is_made)(&role) {
            return Ok(None);
        }
        changes.push((at, identifier(&(names.role)(&role))));
    }
    String::from_utf8(statement.with(&changes))
        .map(Some)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn read(text: &str) -> io::Result<Option<Statement>> {
    Statements::new(text.as_bytes()).read_next()
}

/// Where a statement about a role names it.
fn role_at(statement: &Statement) -> Option<usize> {
    if statement.begins(&["alter", "role"]) {
        return Some(2);
    }
    if !statement.begins(&["comment"]) && !statement.begins(&["security"]) {
        return None;
    }
    let mut pairs = statement.tokens.windows(2);
    let on = pairs.position(|pair| pair[0].is_word("on") && pair[1].is_word("role"))?;
    Some(on + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_roles_that_were_there_keep_their_texts() {
        let fit = |text: &str| {
            let names = Names {
                database: "n\u{fc}",
                role: &|role| {
                    if role == "a" {
                        "b".to_owned()
                    } else {
                        role.to_owned()
                    }
                },
                is_made: &|role| role == "new",
            };
            fitted(text, &names).unwrap()
        };
        for (text, expected) in [
            (
                "ALTER DATABASE \"d\" SET \"app.x\" TO 'on role x'",
                Some("ALTER DATABASE \"n\u{fc}\" SET \"app.x\" TO 'on role x'"),
            ),
            (
                "ALTER ROLE \"a\" IN DATABASE \"d\" SET \"app.x\" TO 'd'",
                Some("ALTER ROLE \"b\" IN DATABASE \"n\u{fc}\" SET \"app.x\" TO 'd'"),
            ),
            (
                "SECURITY LABEL FOR \"p\" ON DATABASE \"d\" IS 'l'",
                Some("SECURITY LABEL FOR \"p\" ON DATABASE \"n\u{fc}\" IS 'l'"),
            ),
            (
                "COMMENT ON ROLE \"new\" IS 'x'",
                Some("COMMENT ON ROLE \"new\" IS 'x'"),
            ),
            ("COMMENT ON ROLE \"old\" IS 'x'", None),
            ("ALTER ROLE \"a\" SET \"app.x\" TO 'd'", None),
            (
                "SELECT pg_catalog.set_config('search_path', '', false)",
                Some("SELECT pg_catalog.set_config('search_path', '', false)"),
            ),
        ] {
            assert_eq!(fit(text).as_deref(), expected, "{text}");
        }
        let texts = [
            "COMMENT ON DATABASE \"d\" IS 'x'",
            "COMMENT ON ROLE \"r\" IS 'x'",
        ];
        assert_eq!(
            of_roles(texts.map(str::to_owned).into()).unwrap(),
            texts[1..]
        );
        let named = ["ALTER ROLE \"a\" IN DATABASE \"d\" SET x TO 'y'".to_owned()];
        assert_eq!(
            roles(&named).unwrap().into_iter().collect::<Vec<_>>(),
            ["a"]
        );
    }
}
