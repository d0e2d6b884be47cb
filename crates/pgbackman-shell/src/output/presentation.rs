//! The appearance of a list.

use super::colour::Paint;
use super::format::Format;
use super::ids::Ids;
use super::style::Style;

/// The appearance of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presentation {
    /// Its format.
    pub format: Format,
    /// The layout of a table.
    pub style: Style,
    /// Whether a table is coloured; CSV and JSON never are.
    pub paint: Paint,
    /// How IDs are shown.
    pub ids: Ids,
    /// The width of the screen; `None` if there is none.
    pub width: Option<usize>,
}

impl From<Format> for Presentation {
    /// The plain appearance of a format.
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
