//! The documents that are made from the code: the reference of the shell's commands, the JSON Schemas of their answers, the
//! OPTIONS of the manual pages, and the completion scripts.
//!
//! `cargo xtask docs` starts this program, which writes them; tests (`tests/it/documents/made.rs`) compare what is committed with
//! what is made. It is not part of xtask, because it needs the programs' own command lines, and xtask builds where their libraries
//! are not installed yet.
#![forbid(unsafe_code)]

mod completions;
mod examples;
mod longer_texts;
mod manual_pages;
mod reference;
mod roff;
mod schemas;

use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A document as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its path, from the root of the sources.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// Why a document cannot be made.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// A file that it is made from cannot be read.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Something that it needs is missing, and what to do about it.
    #[error("{0}")]
    Missing(String),
}

/// The command lines of all programs.
pub fn programs() -> Vec<clap::Command> {
    let mut programs = pgbackman_shell::command_lines().to_vec();
    programs.push(pgbackman_alerts::args::command_line());
    programs.push(pgbackman_control::command_line());
    programs.push(pgbackman_dump::args::command_line());
    programs.push(pgbackman_maintenance::args::command_line());
    programs.extend(pgbackman_monitor::command_lines());
    programs.push(pgbackman_report::args::command_line());
    programs.push(pgbackman_restore::args::command_line());
    programs.push(pgbackman_tools::command_line());
    programs.push(pgbackman_verify::args::command_line());
    programs
}

/// Every document, from the sources below `root`.
///
/// # Errors
///
/// [`DocumentError`] names what is missing.
pub fn all(root: &Path) -> Result<Vec<Document>, DocumentError> {
    let mut documents = vec![Document {
        path: PathBuf::from("docs/manual/commands.md"),
        text: reference::page(&examples::all(&root.join("tests/transcripts"))?)?,
    }];
    for program in programs() {
        documents.push(manual_pages::page(root, &program)?);
        documents.extend(completions::scripts(&program));
    }
    documents.extend(schemas::all()?);
    longer_texts::check(&programs())?;
    Ok(documents)
}

/// Reads a file.
fn read(path: &Path) -> Result<String, DocumentError> {
    fs::read_to_string(path).map_err(|source| DocumentError::Read {
        path: path.to_owned(),
        source,
    })
}
