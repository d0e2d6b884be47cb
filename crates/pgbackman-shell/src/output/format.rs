//! The formats of lists and details.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The form in which lists and details are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table with ASCII borders.
    Table,
    /// RFC 4180, with a header in `snake_case`.
    Csv,
    /// `{"<result>": [ {…} ]}`.
    Json,
}

/// A text that names no output format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an output format; allowed: table, csv, json")]
pub struct UnknownFormat(String);

impl Format {
    /// Every format, in the order help names them.
    pub const ALL: [Self; 3] = [Self::Table, Self::Csv, Self::Json];

    /// Its name in commands, flags and the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL
            .into_iter()
            .find(|format| format.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

impl From<pgbackman_core::config::OutputFormat> for Format {
    fn from(configured: pgbackman_core::config::OutputFormat) -> Self {
        match configured {
            pgbackman_core::config::OutputFormat::Table => Self::Table,
            pgbackman_core::config::OutputFormat::Csv => Self::Csv,
            pgbackman_core::config::OutputFormat::Json => Self::Json,
        }
    }
}
