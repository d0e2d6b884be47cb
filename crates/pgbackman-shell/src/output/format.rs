//! The formats of lists and details.

use std::fmt;
use std::str::FromStr;

use pgbackman_core::catalogue::reports::Cells;
use thiserror::Error;

/// The output format of lists and details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table with ASCII borders.
    Table,
    /// RFC 4180, with a header in `snake_case`.
    Csv,
    /// `{"<result>": [ {…} ]}`, every value a string.
    Json,
    /// `{"version": 1, "rows": [ {…} ]}`, values of the types that the fields declare.
    Json2,
}

/// An unknown output format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an output format; allowed: table, csv, json, json2")]
pub struct UnknownFormat(String);

impl Format {
    /// Every format, in the order help names them.
    pub const ALL: [Self; 4] = [Self::Table, Self::Csv, Self::Json, Self::Json2];

    /// Its name in commands, flags and the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Json2 => "json2",
        }
    }

    /// The cells that it is written from.
    pub const fn cells(self) -> Cells {
        match self {
            Self::Table | Self::Csv | Self::Json => Cells::Shown,
            Self::Json2 => Cells::Typed,
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
            pgbackman_core::config::OutputFormat::Json2 => Self::Json2,
        }
    }
}
