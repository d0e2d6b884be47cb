//! What the last run that cron started, and that made a backup, has stood for.
//!
//! `<root>/run/defid12.cron` is written under the run's lock when its backup has its names: before that the lock says that a run is
//! under way, and a run that dies or fails leaves no note, so that the next start makes the backup. It needs no catalogue.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::ids::DefId;
use crate::domain::schedule::cron_start::CronStart;
use crate::sys::atomic_file::{self, PRIVATE_FILE};

/// The version this software writes and the only one it reads.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    version: u32,
    run: Uuid,
    start: CronStart,
}

fn path(root: &Path, definition: DefId) -> PathBuf {
    super::directory(root).join(format!("defid{definition}.cron"))
}

/// Notes the start of a run that has made its backup.
///
/// # Errors
/// When the file cannot be written. The backup is none the worse for it.
pub fn note_start(root: &Path, definition: DefId, run: Uuid, start: &CronStart) -> io::Result<()> {
    let note = Note {
        version: VERSION,
        run,
        start: start.clone(),
    };
    let bytes = serde_json::to_vec(&note).map_err(io::Error::other)?;
    atomic_file::write(&path(root, definition), &bytes, PRIVATE_FILE, None)
}

/// The start of the last run of a definition that made a backup. A note that cannot be read holds nobody up.
pub fn noted_start(root: &Path, definition: DefId) -> Option<CronStart> {
    let bytes = std::fs::read(path(root, definition)).ok()?;
    let note: Note = serde_json::from_slice(&bytes).ok()?;
    (note.version == VERSION).then_some(note.start)
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::domain::schedule::Schedule;

    #[test]
    fn c9_a_start_is_noted_for_its_definition_and_damage_is_no_note() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(super::super::directory(root.path())).unwrap();
        let schedule = Schedule::parse(["0,30", "2", "*", "*", "*"]).unwrap();
        let start = CronStart::now(&schedule, &Utc, Utc::now(), "boot".to_owned(), 7);
        let (one, other) = (DefId::new(1), DefId::new(2));
        note_start(root.path(), one, Uuid::new_v4(), &start).unwrap();
        assert_eq!(noted_start(root.path(), one), Some(start));
        assert_eq!(noted_start(root.path(), other), None);
        std::fs::write(path(root.path(), one), "{\"version\":1,").unwrap();
        assert_eq!(noted_start(root.path(), one), None);
    }
}
