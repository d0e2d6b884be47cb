//! The shell: sessions, prompts, output formats.

mod completion;
mod connection;
mod coverage;
mod definitions;
mod every_list;
mod fleet;
mod formats;
mod interactive;
mod memory;
mod newcomer;
mod old_definitions;
mod redaction;
mod refusals;
mod registration;
mod registry;
mod restores;
mod scene;
mod screens;
mod silent;
mod snapshots;
mod specification;
mod strict;
mod tables;
pub(crate) mod transcripts;
mod typed_answers;
mod versions;

pub(crate) use fleet::write_pgpass;
