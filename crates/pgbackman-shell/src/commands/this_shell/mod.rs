//! The commands for the shell itself.

mod clear;
mod help;
mod leave;
mod set;
mod shell;
mod show_history;
mod show_pgbackman_config;

use super::Answer;
use crate::declaration::registry::Entry;
use crate::declaration::spec::Command as _;

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

/// Their output for programs.
pub(super) fn answers() -> [Answer; 2] {
    [
        Answer {
            spec: set::Set::SPEC,
            fields: set::FIELDS.to_vec(),
        },
        Answer {
            spec: show_pgbackman_config::ShowPgbackmanConfig::SPEC,
            fields: show_pgbackman_config::fields(),
        },
    ]
}
