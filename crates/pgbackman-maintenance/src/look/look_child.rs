//! The process that looks at files for a pass. A file system that is unavailable may never answer, and a process that asked it can be
//! neither ended nor waited for: so another one asks, and the pass gives it up.
//!
//! It reads requests from standard input and answers on standard output, a line of JSON each, and ends with its input. It
//! changes nothing, and knows neither the configuration nor the catalogue.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use pgbackman_core::catalogue::backups::file_looks::{FilesState, LookedFor};
use pgbackman_core::domain::ids::BckId;
use pgbackman_core::handoff::directory_mark;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::files::open_areas::{self, OpenAreas};
use crate::files::places::{Area, Part, Places};
use crate::helper::helper_child::{self, Answers};
use crate::look::look;
use crate::steps::PathObserver;

/// The only argument of such a process. No command line of an operator has it.
pub const ARGUMENT: &str = "--look-at-files";
/// What it is asked.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Where files may lie, for all that follows. There is no answer.
    Places(Places),
    /// What marks a directory, and which of these archives are in it.
    Mark(Area, Vec<PathBuf>),
    /// How the files of these backups are; an answer for each, in order.
    Backups(Vec<LookedFor>),
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It has got a file further.
    AtWork,
    /// A directory.
    Marked(Result<Marked, Unread>),
    /// A backup.
    Backup(BckId, FilesState),
}

/// What was found in a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// Its mark.
    pub found: Option<Uuid>,
    /// How many of the archives are there.
    pub present: usize,
}

/// Why a directory could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Whether it does not exist.
    pub is_missing: bool,
    /// The reason, in words.
    pub reason: String,
}

/// Serves until the input ends.
pub fn serve(observer: &PathObserver<'_>) -> ExitCode {
    helper_child::serve(|| answer_all(io::stdin().lock(), io::stdout().lock(), observer))
}

fn answer_all(
    input: impl BufRead,
    output: impl Write,
    observer: &PathObserver<'_>,
) -> io::Result<()> {
    let answers = Answers::new(output);
    let mut places = Places::default();
    for line in input.lines() {
        match serde_json::from_str(&line?)? {
            Request::Places(given) => places = given,
            Request::Mark(area, expected) => {
                observer.reached(&area.path());
                answers.say(&Answer::Marked(read_mark(&area, &expected)))?;
            }
            Request::Backups(backups) => {
                let mut open = OpenAreas::default();
                for backup in backups {
                    for path in backup.files.paths() {
                        observer.reached(path);
                    }
                    let mut broken = None;
                    let state = look(&places, &mut open, &backup, &mut || {
                        broken = broken
                            .take()
                            .or_else(|| answers.at_work(&Answer::AtWork).err());
                    });
                    if let Some(error) = broken {
                        return Err(error);
                    }
                    answers.say(&Answer::Backup(backup.id, state))?;
                }
            }
        }
    }
    Ok(())
}

fn read_mark(area: &Area, expected: &[PathBuf]) -> Result<Marked, Unread> {
    let read = || -> io::Result<Marked> {
        let directory = open_areas::open(area)?;
        let present = match directory.subdirectory(Part::Dump.name().as_ref()) {
            Ok(dump) => expected
                .iter()
                .filter_map(|path| path.file_name())
                .filter(|name| matches!(dump.entry(name), Ok(Some(_))))
                .count(),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                0
            }
            Err(error) => return Err(error),
        };
        Ok(Marked {
            found: directory_mark::read(&directory)?,
            present,
        })
    };
    read().map_err(|error| Unread {
        is_missing: error.kind() == io::ErrorKind::NotFound,
        reason: error.to_string(),
    })
}
