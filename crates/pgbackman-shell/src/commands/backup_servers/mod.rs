//! The commands for backup servers.

mod delete_backup_server;
mod register_backup_server;
mod update_backup_server;
mod update_backup_server_config;

use crate::declaration::registry::Entry;

/// The entries of the registry.
pub(super) static ENTRIES: &[Entry] = &[
    Entry::of::<delete_backup_server::DeleteBackupServer>(),
    Entry::of::<register_backup_server::RegisterBackupServer>(),
    Entry::of::<update_backup_server::UpdateBackupServer>(),
    Entry::of::<update_backup_server_config::UpdateBackupServerConfig>(),
];
