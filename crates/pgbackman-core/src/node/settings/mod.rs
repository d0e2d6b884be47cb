//! What recreates a database around its contents: the settings file (`docs/spec/programs.md`, "What a backup consists
//! of"; trap 9a).

mod read;
mod render;

pub use self::read::read;
use super::acl::AclEntry;
use super::configuration::Setting;
pub use crate::domain::locale::LocaleProvider;

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

/// A database without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Its encoding, as CREATE DATABASE takes it.
    pub encoding: String,
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
    /// What could not be read, in words; empty where the file is complete.
    pub notes: Vec<String>,
}

impl DatabaseSettings {
    /// The file that recreates the database, empty, for `psql`; it needs the roles of the roles file. A database of that
    /// name must not exist (nothing is ever dropped), except `postgres` and `template1`, which every cluster has and whose
    /// settings are then completed.
    pub fn to_sql(&self) -> String {
        render::file(self)
    }
}
