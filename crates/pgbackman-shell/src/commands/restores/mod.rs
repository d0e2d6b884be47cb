//! The commands for restores.

mod clone_database;
mod delete_restore_definition_id;
mod parameters;
mod register_restore_definition;
mod restore_latest;
mod wait_for_restore;

use crate::declaration::registry::Entry;

/// The entries of the registry.
pub(super) static ENTRIES: &[Entry] = &[
    Entry::of::<clone_database::CloneDatabase>(),
    Entry::of::<delete_restore_definition_id::DeleteRestoreDefinitionId>(),
    Entry::of::<register_restore_definition::RegisterRestoreDefinition>(),
    Entry::of::<restore_latest::RestoreLatest>(),
    Entry::of::<wait_for_restore::WaitForRestore>(),
];
