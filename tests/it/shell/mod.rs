//! The shell: sessions, prompts, output formats.

mod completion;
mod connection;
mod fleet;
mod formats;
mod interactive;
mod redaction;
mod registration;
mod registry;
mod restores;
mod snapshots;
mod specification;
pub(crate) mod transcripts;
mod versions;

pub(crate) use fleet::write_pgpass;
