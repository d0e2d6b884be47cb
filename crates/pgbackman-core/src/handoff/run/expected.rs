//! What runs that are running are still going to write: known from their records, with or without a catalogue.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::artifact::Artifact;
use super::claim::read_record;
use super::record::{Phase, RunRecord};
use super::{is_restore, list, path};
use crate::domain::backup::BackupOrigin;
use crate::sys::boot;

/// The bytes that other runs below this root are still going to write to the file system of a device, as far as they expect:
/// what they have written already is missing from its free space by itself. A record that cannot be read says nothing.
pub fn still_to_come(root: &Path, own: BackupOrigin, device: u64) -> io::Result<u64> {
    let own = path(root, own);
    let mut bytes: u64 = 0;
    for other in list(root)? {
        if other == own || is_restore(&other) {
            continue;
        }
        if let Ok(Some(record)) = read_record::<RunRecord>(&other) {
            bytes = bytes.saturating_add(of_run(&record, device));
        }
    }
    Ok(bytes)
}

fn of_run(record: &RunRecord, device: u64) -> u64 {
    let Some(expected) = record.expected else {
        return 0;
    };
    // The lock is left alone: whoever tried it would keep the next run of that definition from starting.
    let is_alive = record.boot_id == boot::id()
        && Path::new("/proc")
            .join(record.result.procpid.to_string())
            .exists();
    let is_here = record.artifacts.first().is_some_and(|artifact| {
        fs::metadata(&artifact.directory).is_ok_and(|found| found.dev() == device)
    });
    if record.phase != Phase::Dumping || !is_alive || !is_here {
        return 0;
    }
    let written = record.artifacts.iter().map(Artifact::written).sum();
    expected.saturating_sub(written)
}
