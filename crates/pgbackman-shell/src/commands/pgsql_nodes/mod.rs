//! The commands for PgSQL nodes.

mod accept_pgsql_node;
mod delete_pgsql_node;
mod register_pgsql_node;
mod show_databases_without_backup_definitions;
mod update_pgsql_node;
mod update_pgsql_node_config;

use super::Answer;
use crate::declaration::registry::Entry;
use crate::declaration::spec::Command as _;

/// The entries of the registry.
pub(super) static ENTRIES: &[Entry] = &[
    Entry::of::<accept_pgsql_node::AcceptPgsqlNode>(),
    Entry::of::<delete_pgsql_node::DeletePgsqlNode>(),
    Entry::of::<register_pgsql_node::RegisterPgsqlNode>(),
    Entry::of::<show_databases_without_backup_definitions::ShowDatabasesWithoutBackupDefinitions>(),
    Entry::of::<update_pgsql_node::UpdatePgsqlNode>(),
    Entry::of::<update_pgsql_node_config::UpdatePgsqlNodeConfig>(),
];

/// What they answer programs with.
pub(super) fn answers() -> [Answer; 1] {
    [Answer {
        spec:
            show_databases_without_backup_definitions::ShowDatabasesWithoutBackupDefinitions::SPEC,
        fields: show_databases_without_backup_definitions::FIELDS.to_vec(),
    }]
}
