//! The text of the settings file. Names never are in comments: a newline in one would end the comment.

use std::fmt::Write as _;

use super::super::acl;
use super::super::configuration::Setting;
use super::database::{ALWAYS_THERE, DatabaseSettings, Locale};
use crate::domain::locale::LocaleProvider;
use crate::pgtools::list_setting::Calling;
use crate::pgtools::own_session;
use crate::pgtools::quote::{identifier, literal};

impl DatabaseSettings {
    /// The file that recreates the database, empty, for `psql`; it needs the roles of the roles file. A database of that
    /// name must not exist (nothing is ever dropped), except `postgres` and `template1`, which every cluster has and whose
    /// settings are then completed.
    pub fn to_sql(&self) -> String {
        file(self)
    }

    /// The statements that give all this to the database of that name that is there: its owner, settings and privileges, but not
    /// its encoding, locale and tablespace.
    pub fn for_existing(&self) -> String {
        for_existing(self)
    }

    /// What is run in a session of the database itself, for `psql`; nothing where there is nothing.
    pub fn inside_sql(&self) -> String {
        own_session::section(&self.name, &self.inside.statements())
    }
}

/// What stands before the statements.
const HEADER: &str = include_str!("../sql/settings/settings_file_header.sql");

/// The whole file.
pub(super) fn file(database: &DatabaseSettings) -> String {
    let mut file = String::from(HEADER);
    create(&mut file, database);
    properties(&mut file, database);
    let mut file = database.names.declared(file);
    file.push_str(&database.inside_sql());
    file
}

/// What gives the rest to a database that is there.
pub(super) fn for_existing(database: &DatabaseSettings) -> String {
    let (name, owner) = (identifier(&database.name), identifier(&database.owner));
    let mut statements = String::new();
    line(
        &mut statements,
        &format!("ALTER DATABASE {name} OWNER TO {owner}"),
    );
    properties(&mut statements, database);
    statements
}

/// What is told apart from CREATE DATABASE.
fn properties(file: &mut String, database: &DatabaseSettings) {
    let name = identifier(&database.name);
    if database.connection_limit != -1 {
        line(
            file,
            &format!(
                "ALTER DATABASE {name} CONNECTION LIMIT {}",
                database.connection_limit
            ),
        );
    }
    settings(file, &format!("ALTER DATABASE {name}"), &database.settings);
    for role in &database.role_settings {
        let alter = format!("ALTER ROLE {} IN DATABASE {name}", identifier(&role.role));
        settings(file, &alter, &role.settings);
    }
    privileges(file, database);
    if let Some(comment) = &database.comment {
        line(
            file,
            &format!("COMMENT ON DATABASE {name} IS {}", literal(comment)),
        );
    }
    for (provider, label) in &database.labels {
        let provider = identifier(provider);
        line(
            file,
            &format!(
                "SECURITY LABEL FOR {provider} ON DATABASE {name} IS {}",
                literal(label)
            ),
        );
    }
    if database.is_template {
        // Last: a template cannot be dropped, should something above fail.
        line(
            file,
            &format!("ALTER DATABASE {name} WITH IS_TEMPLATE true"),
        );
    }
}

fn settings(file: &mut String, alter: &str, settings: &[Setting]) {
    for setting in settings {
        for statement in setting.statements(alter, Calling::Sql) {
            line(file, &statement);
        }
    }
}

fn create(file: &mut String, database: &DatabaseSettings) {
    let name = identifier(&database.name);
    let owner = identifier(&database.owner);
    let mut statement = format!(
        "CREATE DATABASE {name} WITH TEMPLATE = template0 OWNER = {owner} ENCODING = {}{}",
        literal(&database.encoding),
        locale(&database.locale)
    );
    if let Some(tablespace) = &database.tablespace {
        let _ = write!(statement, " TABLESPACE = {}", identifier(tablespace));
    }
    if ALWAYS_THERE.contains(&database.name.as_str()) {
        let condition = "WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_database WHERE datname =";
        let _ = writeln!(
            file,
            "SELECT {}\n  {condition} {}) \\gexec",
            literal(&statement),
            literal(&database.name)
        );
        line(file, &format!("ALTER DATABASE {name} OWNER TO {owner}"));
    } else {
        line(file, &statement);
    }
}

/// The locale options, written as `pg_dump --create` writes them. The collation's version is the target's own.
fn locale(locale: &Locale) -> String {
    // Named even where it is libc: the target's template0 may have another.
    let mut options = match locale.provider {
        None => String::new(),
        Some(LocaleProvider::Libc) => " LOCALE_PROVIDER = libc".to_owned(),
        Some(LocaleProvider::Icu) => " LOCALE_PROVIDER = icu".to_owned(),
        Some(LocaleProvider::Builtin) => " LOCALE_PROVIDER = builtin".to_owned(),
    };
    let (collate, ctype) = (literal(&locale.collate), literal(&locale.ctype));
    let _ = write!(options, " LC_COLLATE = {collate} LC_CTYPE = {ctype}");
    if let Some(name) = &locale.locale {
        match locale.provider {
            None | Some(LocaleProvider::Libc) => {}
            Some(LocaleProvider::Icu) => {
                let _ = write!(options, " ICU_LOCALE = {}", literal(name));
            }
            Some(LocaleProvider::Builtin) => {
                let _ = write!(options, " BUILTIN_LOCALE = {}", literal(name));
            }
        }
    }
    if let Some(rules) = &locale.icu_rules {
        let _ = write!(options, " ICU_RULES = {}", literal(rules));
    }
    options
}

/// Replaces the default privileges by the database's own, each granted by whoever granted it.
fn privileges(file: &mut String, database: &DatabaseSettings) {
    let Some(entries) = &database.privileges else {
        return;
    };
    let object = format!("DATABASE {}", identifier(&database.name));
    line(file, &format!("REVOKE ALL ON {object} FROM PUBLIC"));
    line(
        file,
        &format!(
            "REVOKE ALL ON {object} FROM {}",
            identifier(&database.owner)
        ),
    );
    for grant in acl::grants(&object, &database.owner, entries) {
        match grant.grantor {
            Some(grantor) => {
                line(
                    file,
                    &format!("SET SESSION AUTHORIZATION {}", identifier(&grantor)),
                );
                line(file, &grant.sql);
                line(file, "RESET SESSION AUTHORIZATION");
            }
            None => line(file, &grant.sql),
        }
    }
}

fn line(file: &mut String, statement: &str) {
    file.push_str(statement);
    file.push_str(";\n");
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
