//! A database without its contents.

use super::super::acl::AclEntry;
use super::super::configuration::Setting;
use super::super::raw_names::Names;
use super::inside::{self, Inside};
use crate::domain::locale::LocaleProvider;
use crate::pgtools::list_setting::Calling;
use crate::pgtools::own_session;

/// Databases that every cluster has from its beginning.
pub const ALWAYS_THERE: [&str; 2] = ["postgres", "template1"];

/// The locale of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    /// Who provides it; `None` before 15, where it can only be the operating system.
    pub provider: Option<LocaleProvider>,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// The locale of a provider other than libc.
    pub locale: Option<String>,
    /// Collation rules (ICU, since 16).
    pub icu_rules: Option<String>,
}

/// A role has settings of its own in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSettings {
    /// The role.
    pub role: String,
    /// Its settings there.
    pub settings: Vec<Setting>,
}

/// What `ALTER ROLE ALL SET` has set for every role in every database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsOfAllRoles {
    /// The settings.
    pub settings: Vec<Setting>,
    /// Those that are set in a session of the database that they were read from, as that one sees them.
    pub inside: Vec<Setting>,
    /// That database.
    pub database: String,
    /// What could not be read, in words.
    pub notes: Vec<String>,
}

impl SettingsOfAllRoles {
    /// The statements that set them again.
    pub fn statements(&self) -> Vec<String> {
        let statements = |setting: &Setting| setting.statements("ALTER ROLE ALL", Calling::Sql);
        self.settings.iter().flat_map(statements).collect()
    }

    /// What sets those that are set in a session of a database, for `psql`; nothing where there are none.
    pub fn inside_sql(&self) -> String {
        own_session::section(&self.database, &self.inside_statements())
    }

    /// The statements of those that are set in a session of a database.
    pub fn inside_statements(&self) -> Vec<String> {
        let mut statements = Vec::new();
        inside::settings(&mut statements, "ALTER ROLE ALL", &self.inside);
        statements
    }
}

/// A database without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Its encoding, as CREATE DATABASE takes it.
    pub encoding: String,
    /// How the names in it are to be read.
    pub names: Names,
    /// Its locale.
    pub locale: Locale,
    /// Its tablespace; `None` for the default one.
    pub tablespace: Option<String>,
    /// How many connections it takes; -1 for any number.
    pub connection_limit: i32,
    /// Whether it is a template.
    pub is_template: bool,
    /// Its privileges; `None` where they are the default ones.
    pub privileges: Option<Vec<AclEntry>>,
    /// The comment on it.
    pub comment: Option<String>,
    /// Its security labels: provider and label.
    pub labels: Vec<(String, String)>,
    /// `ALTER DATABASE … SET`.
    pub settings: Vec<Setting>,
    /// `ALTER ROLE … IN DATABASE … SET`.
    pub role_settings: Vec<RoleSettings>,
    /// What is run in a session of the database itself.
    pub inside: Inside,
    /// What could not be read, in words; empty where the file is complete.
    pub notes: Vec<String>,
}
