//! The output of commands: lists as tables, CSV and JSON, and single objects as vertical tables
//! (`docs/spec/shell.md`, "Rules common to all commands").
//!
//! Lists are written row by row; at most one row is kept in memory.

pub mod cell;
pub mod colour;
pub mod csv;
pub mod details;
pub(crate) mod fit;
pub mod format;
pub mod ids;
pub mod json;
pub mod json2;
pub mod list;
pub mod presentation;
pub mod style;
pub mod table;
pub mod vertical;

pub use colour::Paint;
pub use details::{Entry, write_vertical};
pub use format::{Format, UnknownFormat};
pub use ids::{Ids, UnknownIds};
pub use list::ListWriter;
pub use pgbackman_core::catalogue::reports::{Align, Column, Field, Type};
pub use presentation::Presentation;
pub use style::{Style, UnknownStyle};
