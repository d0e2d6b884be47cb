//! Where files of backups may lie, and which belong to a backup.

pub mod contents;
pub mod open_areas;
pub mod places;
