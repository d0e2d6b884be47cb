//! Who provides a database's locale.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who provides a database's locale (`pg_database.datlocprovider`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LocaleProvider {
    /// The operating system.
    Libc,
    /// ICU, since 15.
    Icu,
    /// PostgreSQL itself, since 17.
    Builtin,
}

impl LocaleProvider {
    /// From the server's letter; `None` for one that no server has for a database (`d`, default, exists for collations).
    pub fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "c" => Some(Self::Libc),
            "i" => Some(Self::Icu),
            "b" => Some(Self::Builtin),
            _ => None,
        }
    }
}

impl fmt::Display for LocaleProvider {
    /// As `CREATE DATABASE … LOCALE_PROVIDER` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Libc => "libc",
            Self::Icu => "icu",
            Self::Builtin => "builtin",
        })
    }
}
