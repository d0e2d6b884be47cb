//! The commands for PgSQL nodes.

mod accept_pgsql_node;
mod delete_pgsql_node;
mod register_pgsql_node;
mod show_databases_without_backup_definitions;
mod update_pgsql_node;
mod update_pgsql_node_config;

use crate::declaration::registry::Entry;

/// The entries of the registry.
pub(super) static ENTRIES: &[Entry] = &[
    Entry::of::<accept_pgsql_node::AcceptPgsqlNode>(),
    Entry::of::<delete_pgsql_node::DeletePgsqlNode>(),
    Entry::of::<register_pgsql_node::RegisterPgsqlNode>(),
    Entry::of::<show_databases_without_backup_definitions::ShowDatabasesWithoutBackupDefinitions>(),
    Entry::of::<update_pgsql_node::UpdatePgsqlNode>(),
    Entry::of::<update_pgsql_node_config::UpdatePgsqlNodeConfig>(),
];
