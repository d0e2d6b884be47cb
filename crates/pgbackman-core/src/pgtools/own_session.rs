//! Parts of a script that are run in a session of one database: letters outside ASCII as that database sees them, and an operator's
//! own objects on tables of extensions in the script of a whole node.

use std::io;

use super::quote::{conninfo_value, identifier};
use super::sql_statements::Statement;
use crate::pgtools::scripts::after_script;

/// What stands behind `\\connect`.
const SESSION: &str = include_str!("inside_the_database.sql");

/// What stands before each database's own objects.
const OWN: &str = "-- Your own objects on tables that belong to extensions; what exists already was made by the extension";

/// The part of a script that runs these statements in a session of a database; nothing where there are none. The name reaches the
/// server as it stands here, and `pg_dumpall` connects in the same way.
pub fn section<T: AsRef<str>>(database: &str, statements: &[T]) -> String {
    if statements.is_empty() {
        return String::new();
    }
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let mut section = if database.bytes().all(is_plain) {
        format!("\n\\connect {database}\n")
    } else {
        let target = format!("dbname={}", conninfo_value(database));
        format!("\n\\connect -reuse-previous=on {}\n", identifier(&target))
    };
    section.push_str(SESSION);
    for statement in statements {
        section.push_str(statement.as_ref());
        section.push_str(";\n");
    }
    section
}

/// The end of a whole node's script: an operator's own objects in a database. One that fails keeps none of the others from being
/// made, so that nothing but such parts may follow.
pub fn own_objects(database: &str, statements: &[&str]) -> String {
    if statements.is_empty() || database.contains(['\n', '\r']) {
        return String::new();
    }
    format!(
        "\n{OWN}\n\\set ON_ERROR_STOP off{}",
        section(database, statements)
    )
}

/// The database that a line of a script connects to, as [`section`] writes it.
fn connected(line: &str) -> Option<String> {
    let target = line.strip_prefix("\\connect ")?;
    let Some(quoted) = target.strip_prefix("-reuse-previous=on \"dbname='") else {
        return Some(target.to_owned());
    };
    let value = quoted.strip_suffix("'\"")?.replace("\"\"", "\"");
    let mut name = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => name.extend(characters.next()),
            other => name.push(other),
        }
    }
    Some(name)
}

/// Finds an operator's own objects in a script that is read statement by statement.
#[derive(Debug, Default)]
pub struct OwnObjects {
    is_begun: bool,
    found: Vec<(String, Vec<u8>)>,
}

impl OwnObjects {
    /// Hears the next statement; whether it belongs to these parts.
    pub fn hear(&mut self, statement: &Statement) -> bool {
        let before = String::from_utf8_lossy(statement.before()).into_owned();
        for line in before.lines() {
            self.is_begun |= line == OWN;
            if self.is_begun
                && let Some(database) = connected(line)
            {
                self.found.push((database, Vec::new()));
            }
        }
        if let Some((_, text)) = self.found.last_mut() {
            text.extend_from_slice(&statement.text);
        }
        self.is_begun
    }

    /// Each database with its statements.
    ///
    /// # Errors
    /// A text that ends inside quotes, or that is not UTF-8.
    pub fn found(self) -> io::Result<Vec<(String, Vec<String>)>> {
        let as_it_is = after_script::Wanted {
            map: &|_| None,
            owner: true,
        };
        let read = |(database, text): (String, Vec<u8>)| {
            let text = String::from_utf8(text)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            Ok((database, after_script::read(&text, &as_it_is)?))
        };
        self.found.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pgtools::sql_statements::Statements;

    #[test]
    fn own_objects_are_found_with_their_database() {
        let odd = "od'd \"d\" \\ \u{fc}=";
        let rule = "CREATE RULE r AS ON INSERT TO v DO INSTEAD (SELECT 1;NOTIFY x)";
        let script = [
            "SELECT 1;\n\\connect other\nSELECT 2;\n",
            &own_objects("shop", &["CREATE INDEX i ON t (a)", rule]),
            &own_objects("none", &[]),
            &own_objects(odd, &["CREATE INDEX j ON t (a)"]),
            "\n--\n-- PostgreSQL database cluster dump complete\n--\n\n",
        ]
        .concat();
        let mut statements = Statements::new(script.as_bytes());
        let mut own = OwnObjects::default();
        let mut others = 0;
        while let Some(statement) = statements.read_next().unwrap() {
            others += usize::from(!own.hear(&statement));
        }
        assert_eq!(others, 2);
        assert_eq!(
            own.found().unwrap(),
            [
                (
                    "shop".to_owned(),
                    vec!["CREATE INDEX i ON t (a)".to_owned(), rule.to_owned()]
                ),
                (odd.to_owned(), vec!["CREATE INDEX j ON t (a)".to_owned()]),
            ]
        );
    }
}
