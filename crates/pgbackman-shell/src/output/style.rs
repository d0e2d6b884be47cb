//! The layout of a table: one line or one block per row, as switched by `\x` in `psql`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The layout of a list as a table; CSV and JSON have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A header, then one line for each row.
    Horizontal,
    /// For each row a block with one line for each column.
    Vertical,
    /// Horizontal if the table fits the screen, otherwise vertical.
    Auto,
}

/// An unknown style.
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

    /// The opposite style; for auto, vertical.
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
        // The names in psql.
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
