//! Waiting for the backups, and looking at them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::installation::{Account, Layout, Shell};
use crate::task::{Context, Result, TaskError, say, step};

/// How long cron has for both backups: it starts them within two minutes.
const DEADLINE: Duration = Duration::from_secs(180);
/// How often something is said while waiting.
const REPORT_EVERY: Duration = Duration::from_secs(15);
/// The list that the catalogue shows, unfiltered.
const CATALOGUE: [&str; 6] = ["show_backup_catalog", "all", "all", "all", "all", "all"];

/// The FULL backup.
#[derive(Debug)]
pub(super) struct FullBackup {
    /// Its number in the catalogue.
    pub(super) bck_id: String,
    /// The archive.
    pub(super) archive: PathBuf,
}

/// Waits until both backups of the definitions are in the catalogue, and so many snapshots.
///
/// # Errors
///
/// When they do not come, or one has failed.
pub(super) fn wait_for_all(
    shell: Shell<'_>,
    layout: &Layout,
    account: &Account,
    snapshots: usize,
) -> Result<FullBackup> {
    let wanted = 2 + snapshots;
    step("waiting for the backups in the catalogue");
    let started = Instant::now();
    let mut said = started;
    loop {
        let entries = Entry::all_of(&shell.json(&CATALOGUE)?);
        if let Some(failed) = entries.iter().find(|entry| entry.status != "SUCCEEDED") {
            shell.show(&["show_backup_details", &failed.bck_id])?;
            return Err(TaskError::new(format!(
                "the {} backup ended as {}",
                failed.code, failed.status
            )));
        }
        let full = entries
            .iter()
            .find(|entry| entry.code == "FULL" && entry.execution == "CRON");
        if let (Some(full), true) = (full, entries.len() >= wanted) {
            let takers = if account.has_namespace() {
                "cron and atd"
            } else {
                "the crontab's lines"
            };
            say(&format!(
                "all {wanted} exist, taken by {takers} ({} s)",
                started.elapsed().as_secs()
            ));
            return Ok(FullBackup {
                bck_id: full.bck_id.clone(),
                archive: archive(layout)?,
            });
        }
        if started.elapsed() > DEADLINE {
            return Err(TaskError::new(format!(
                "{} of {wanted} backups are in the catalogue after {} s. The end of {}:\n{}",
                entries.len(),
                DEADLINE.as_secs(),
                layout.program_log().display(),
                last_lines(&layout.program_log(), 15)
            )));
        }
        if said.elapsed() > REPORT_EVERY {
            said = Instant::now();
            say(&format!(
                "{} s: {} of {wanted}",
                started.elapsed().as_secs(),
                entries.len()
            ));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// The last lines of a text file, or nothing if it cannot be read.
fn last_lines(path: &Path, count: usize) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Shows the catalogue and the details of the FULL backup.
///
/// # Errors
///
/// When the shell fails.
pub(super) fn show(shell: Shell<'_>, full: &FullBackup) -> Result<()> {
    step("the shell's list of them");
    shell.show(&CATALOGUE)?;
    shell.show(&["show_backup_details", &full.bck_id])
}

/// What is needed of an entry of the catalogue.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    bck_id: String,
    code: String,
    execution: String,
    status: String,
}

impl Entry {
    /// The entries of `show_backup_catalog` as JSON: an array of objects whose values are strings or null. Names may hold
    /// anything but the sample's do not, so a look at the keys is enough.
    fn all_of(json: &str) -> Vec<Self> {
        json.split('}')
            .filter_map(|object| {
                Some(Self {
                    bck_id: string_of(object, "bck_id")?,
                    code: string_of(object, "code")?,
                    execution: string_of(object, "execution")?,
                    status: string_of(object, "status")?,
                })
            })
            .collect()
    }
}

/// The string value of a key of a JSON object.
pub(super) fn string_of(object: &str, key: &str) -> Option<String> {
    let (_, rest) = object.split_once(&format!("\"{key}\""))?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    Some(value.strip_prefix('"')?.split('"').next()?.to_owned())
}

/// The archive of the first definition's backup.
fn archive(layout: &Layout) -> Result<PathBuf> {
    let dumps = layout.backups().join("pgsql_node_1/dump");
    fs::read_dir(&dumps)
        .context(|| format!("could not read {}", dumps.display()))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let path = path.to_string_lossy();
            path.contains("-defid1-") && path.ends_with("-DATABASE.sql")
        })
        .ok_or_else(|| TaskError::new(format!("no archive is in {}", dumps.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_from_json() {
        let json = r#"{"backup_catalog": [{"bck_id": "000000001", "code": "FULL", "execution": "CRON", "status": "SUCCEEDED"},
            {"bck_id": "000000002", "size": null, "code": "CLUSTER", "execution": "AT", "status": "ERROR"}]}"#;
        let entries = Entry::all_of(json);
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[1].bck_id, "000000002");
        assert_eq!(entries[1].status, "ERROR");
        assert!(Entry::all_of(r#"{"backup_catalog": []}"#).is_empty());
    }
}
