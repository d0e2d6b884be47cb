//! The commands for PgSQL nodes.

mod accept_pgsql_node;
mod delete_pgsql_node;
mod end_maintenance_window;
mod register_pgsql_node;
mod show_databases_without_backup_definitions;
mod start_maintenance_window;
mod update_pgsql_node;
mod update_pgsql_node_config;

use super::Answer;
use crate::declaration::registry::Entry;
use crate::declaration::spec::Command as _;

/// The entries of the registry.
pub(super) static ENTRIES: &[Entry] = &[
    Entry::of::<accept_pgsql_node::AcceptPgsqlNode>(),
    Entry::of::<delete_pgsql_node::DeletePgsqlNode>(),
    Entry::of::<end_maintenance_window::EndMaintenanceWindow>(),
    Entry::of::<register_pgsql_node::RegisterPgsqlNode>(),
    Entry::of::<show_databases_without_backup_definitions::ShowDatabasesWithoutBackupDefinitions>(),
    Entry::of::<start_maintenance_window::StartMaintenanceWindow>(),
    Entry::of::<update_pgsql_node::UpdatePgsqlNode>(),
    Entry::of::<update_pgsql_node_config::UpdatePgsqlNodeConfig>(),
];

/// Their output for programs.
pub(super) fn answers() -> [Answer; 1] {
    [Answer {
        spec:
            show_databases_without_backup_definitions::ShowDatabasesWithoutBackupDefinitions::SPEC,
        fields: show_databases_without_backup_definitions::FIELDS.to_vec(),
    }]
}
