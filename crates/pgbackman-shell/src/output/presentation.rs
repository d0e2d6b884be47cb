//! How a list is to presentation.

use super::colour::Paint;
use super::format::Format;
use super::ids::Ids;
use super::style::Style;

/// How a list is to presentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presentation {
    /// Its form.
    pub format: Format,
    /// Which way a table lies.
    pub style: Style,
    /// Whether a table is coloured; CSV and JSON never are.
    pub paint: Paint,
    /// How IDs are shown.
    pub ids: Ids,
    /// How wide the screen is that shows it; `None` where none does.
    pub width: Option<usize>,
}

impl From<Format> for Presentation {
    /// The plain presentation of a form.
    fn from(format: Format) -> Self {
        Self {
            format,
            style: Style::Horizontal,
            paint: Paint::Plain,
            ids: Ids::Padded,
            width: None,
        }
    }
}
