//! The commands for backups and snapshots.

mod cancel_run;
mod delete_backup;
mod delete_snapshot_definition_id;
mod keep_backup;
mod register_snapshot_definition;
mod release_backup;

use crate::declaration::registry::Entry;

/// The entries of the registry.
pub(super) static ENTRIES: &[Entry] = &[
    Entry::of::<cancel_run::CancelRun>(),
    Entry::of::<delete_backup::DeleteBackup>(),
    Entry::of::<delete_snapshot_definition_id::DeleteSnapshotDefinitionId>(),
    Entry::of::<keep_backup::KeepBackup>(),
    Entry::of::<register_snapshot_definition::RegisterSnapshotDefinition>(),
    Entry::of::<release_backup::ReleaseBackup>(),
];
