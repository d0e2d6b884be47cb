//! One pending file of this version: what its name says, and what is in it.

use std::ffi::OsStr;

use pgbackman_core::domain::backup::BackupResult;
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::handoff::pending::{PendingBackup, PendingRestore, VERSION};
use serde_json::Value;
use uuid::Uuid;

/// What a name says, with the run's UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// `backup-<uuid>.json`
    Backup(Uuid),
    /// `restore-<uuid>.json`
    Restore(Uuid),
}

impl Pending {
    /// `None` for a name that no program of this version gives.
    pub fn by_name(name: &OsStr) -> Option<Self> {
        let stem = name.to_str()?.strip_suffix(".json")?;
        let uuid = |text: &str| Uuid::parse_str(text).ok();
        match stem.split_once('-')? {
            ("backup", run) => uuid(run).map(Self::Backup),
            ("restore", run) => uuid(run).map(Self::Restore),
            _ => None,
        }
    }
}

/// Reads a backup's result.
///
/// # Errors
/// What is wrong with it, in words.
pub fn backup(json: &[u8], run: Uuid) -> Result<BackupResult, String> {
    let document: PendingBackup =
        serde_json::from_value(versioned(json)?).map_err(|error| damaged(&error))?;
    same_run(document.backup.run_uuid, run)?;
    Ok(document.backup)
}

/// Reads a restore's result.
///
/// # Errors
/// What is wrong with it, in words.
pub fn restore(json: &[u8], run: Uuid) -> Result<RestoreResult, String> {
    let document: PendingRestore =
        serde_json::from_value(versioned(json)?).map_err(|error| damaged(&error))?;
    same_run(document.restore.run_uuid, run)?;
    Ok(document.restore)
}

fn versioned(json: &[u8]) -> Result<Value, String> {
    if json.iter().all(u8::is_ascii_whitespace) {
        return Err("it is empty".to_owned());
    }
    let document: Value = serde_json::from_slice(json).map_err(|error| damaged(&error))?;
    match document.get("version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => Ok(document),
        Some(version) => Err(format!(
            "its format has version {version}, this software reads {VERSION}"
        )),
        None => Err("it is damaged: it has no version".to_owned()),
    }
}

fn damaged(error: &serde_json::Error) -> String {
    format!("it is damaged: {error}")
}

fn same_run(found: Uuid, named: Uuid) -> Result<(), String> {
    if found == named {
        Ok(())
    } else {
        Err(format!("it is the result of another run, {found}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_29a_a_name_carries_the_run() {
        let run = Uuid::from_u128(7);
        let name = |text: String| Pending::by_name(OsStr::new(&text));
        assert_eq!(
            name(format!("backup-{run}.json")),
            Some(Pending::Backup(run))
        );
        assert_eq!(
            name(format!("restore-{run}.json")),
            Some(Pending::Restore(run))
        );
        for other in [
            "backup-.json",
            "backup-x.json",
            "notes.txt",
            "other-1.json",
            "",
        ] {
            assert_eq!(name(other.to_owned()), None, "{other}");
        }
    }

    #[test]
    fn trap_29_what_cannot_be_read_is_said_in_words() {
        let run = Uuid::from_u128(7);
        for (json, word) in [
            ("", "empty"),
            (" \n", "empty"),
            ("{", "damaged"),
            ("{}", "version"),
            ("{\"version\": 2}", "version 2"),
            ("{\"version\": 1}", "damaged"),
            ("{\"version\": 1, \"backup\": {\"run_uuid\": 1}}", "damaged"),
            ("[1, 2]", "version"),
        ] {
            let said = backup(json.as_bytes(), run).unwrap_err();
            assert!(said.contains(word), "{json}: {said}");
        }
    }
}
