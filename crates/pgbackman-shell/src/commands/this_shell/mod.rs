//! The commands for the shell itself.

mod clear;
mod help;
mod leave;
mod set;
mod shell;
mod show_history;
mod show_pgbackman_config;

use crate::declaration::registry::Entry;

/// The entries of the registry.
pub(super) static ENTRIES: &[Entry] = &[
    Entry::plain(leave::EOF, leave::run),
    Entry::plain(leave::EXIT, leave::run),
    Entry::of::<clear::Clear>(),
    Entry::plain(help::SPEC, help::run),
    Entry::plain(leave::QUIT, leave::run),
    Entry::of::<set::Set>(),
    Entry::of::<shell::ShellCommand>(),
    Entry::of::<show_history::ShowHistory>(),
    Entry::of::<show_pgbackman_config::ShowPgbackmanConfig>(),
];
