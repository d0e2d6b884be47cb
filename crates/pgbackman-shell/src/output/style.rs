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
    /// Horizontal where the table fits the screen, vertical where it does not.
    Auto,
}

/// A text that names no style.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not an output style; allowed: horizontal, vertical, auto")]
pub struct UnknownStyle(String);

impl Style {
    /// All, in the order help names them.
    pub const ALL: [Self; 3] = [Self::Horizontal, Self::Vertical, Self::Auto];

    /// Its name in commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Horizontal => "horizontal",
            Self::Vertical => "vertical",
            Self::Auto => "auto",
        }
    }

    /// The one that it is not; in place of auto, vertical.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Horizontal | Self::Auto => Self::Vertical,
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
        // As psql calls them.
        let text = match text.to_ascii_lowercase().as_str() {
            "on" => "vertical",
            "off" => "horizontal",
            _ => text,
        };
        let found = Self::ALL
            .into_iter()
            .find(|style| style.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownStyle(text.to_owned()))
    }
}
