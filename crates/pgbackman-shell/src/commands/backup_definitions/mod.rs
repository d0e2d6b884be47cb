//! The commands for backup definitions.

mod backup_now;
mod delete_backup_definition_dbname;
mod delete_backup_definition_id;
mod move_backup_definition;
mod register_backup_definition;
mod update_backup_definition;
mod update_retention_policy;
mod update_retry_policy;

use crate::declaration::registry::Entry;

/// The entries of the registry.
pub(super) static ENTRIES: &[Entry] = &[
    Entry::of::<backup_now::BackupNow>(),
    Entry::of::<delete_backup_definition_dbname::DeleteBackupDefinitionDbname>(),
    Entry::of::<delete_backup_definition_id::DeleteBackupDefinitionId>(),
    Entry::of::<move_backup_definition::MoveBackupDefinition>(),
    Entry::of::<register_backup_definition::RegisterBackupDefinition>(),
    Entry::of::<update_backup_definition::UpdateBackupDefinition>(),
    Entry::of::<update_retention_policy::UpdateRetentionPolicy>(),
    Entry::of::<update_retry_policy::UpdateRetryPolicy>(),
];
