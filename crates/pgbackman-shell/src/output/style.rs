//! Which way a list lies in a table: a row for each thing, or a block for each, as `\x` of `psql` switches.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// How a list is laid out as a table; CSV and JSON know no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A header, then one line for each row.
    Horizontal,
    /// For each row a block with one line for each column.
    Vertical,
}

/// A text that names no style.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an output style; allowed: horizontal, vertical")]
pub struct UnknownStyle(String);

impl Style {
    /// Both, in the order help names them.
    pub const ALL: [Self; 2] = [Self::Horizontal, Self::Vertical];

    /// Its name in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Horizontal => "horizontal",
            Self::Vertical => "vertical",
        }
    }

    /// The one that it is not.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Horizontal => Self::Vertical,
            Self::Vertical => Self::Horizontal,
        }
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Style {
    type Err = UnknownStyle;

    fn from_str(text: &str) -> Result<Self, UnknownStyle> {
        let found = Self::ALL
            .into_iter()
            .find(|style| style.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownStyle(text.to_owned()))
    }
}
