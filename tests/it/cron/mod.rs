//! Real cron, in a namespace of its own: what it accepts, ignores and runs.

mod arguments;
mod clock_changes;
mod files;
mod lab;
mod schedules;
mod size;
mod syntax;

pub(crate) use arguments::HOSTILE_NAMES;
#[cfg(feature = "crons")]
pub(crate) use arguments::node;
