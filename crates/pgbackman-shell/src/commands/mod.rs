//! The commands, one per file, and the one place that lists them.

mod accept_pgsql_node;
mod clear;
mod clone_database;
mod delete_backup_definition_dbname;
mod delete_backup_definition_id;
mod delete_backup_server;
mod delete_pgsql_node;
mod delete_restore_definition_id;
mod delete_snapshot_definition_id;
mod help;
mod keep_backup;
mod leave;
mod lists;
mod move_backup_definition;
mod register_backup_definition;
mod register_backup_server;
mod register_pgsql_node;
mod register_restore_definition;
mod register_snapshot_definition;
mod release_backup;
mod set;
mod shell;
mod show_databases_without_backup_definitions;
mod show_history;
mod show_pgbackman_config;
mod update_backup_definition;
mod update_backup_server;
mod update_backup_server_config;
mod update_pgsql_node;
mod update_pgsql_node_config;
mod update_retention_policy;

use std::sync::LazyLock;

use crate::registry::{Commands, Entry};

/// The commands that have a file. Those that show what a report has are the rows of [`lists`].
static OWN: &[Entry] = &[
    Entry::plain(leave::EOF, leave::run),
    Entry::plain(leave::EXIT, leave::run),
    Entry::of::<accept_pgsql_node::AcceptPgsqlNode>(),
    Entry::of::<clear::Clear>(),
    Entry::of::<clone_database::CloneDatabase>(),
    Entry::of::<delete_backup_definition_dbname::DeleteBackupDefinitionDbname>(),
    Entry::of::<delete_backup_definition_id::DeleteBackupDefinitionId>(),
    Entry::of::<delete_backup_server::DeleteBackupServer>(),
    Entry::of::<delete_pgsql_node::DeletePgsqlNode>(),
    Entry::of::<delete_restore_definition_id::DeleteRestoreDefinitionId>(),
    Entry::of::<delete_snapshot_definition_id::DeleteSnapshotDefinitionId>(),
    Entry::plain(help::SPEC, help::run),
    Entry::of::<keep_backup::KeepBackup>(),
    Entry::of::<move_backup_definition::MoveBackupDefinition>(),
    Entry::plain(leave::QUIT, leave::run),
    Entry::of::<register_backup_definition::RegisterBackupDefinition>(),
    Entry::of::<register_backup_server::RegisterBackupServer>(),
    Entry::of::<register_pgsql_node::RegisterPgsqlNode>(),
    Entry::of::<register_restore_definition::RegisterRestoreDefinition>(),
    Entry::of::<register_snapshot_definition::RegisterSnapshotDefinition>(),
    Entry::of::<release_backup::ReleaseBackup>(),
    Entry::of::<set::Set>(),
    Entry::of::<shell::ShellCommand>(),
    Entry::of::<show_databases_without_backup_definitions::ShowDatabasesWithoutBackupDefinitions>(),
    Entry::of::<show_history::ShowHistory>(),
    Entry::of::<show_pgbackman_config::ShowPgbackmanConfig>(),
    Entry::of::<update_backup_definition::UpdateBackupDefinition>(),
    Entry::of::<update_backup_server::UpdateBackupServer>(),
    Entry::of::<update_backup_server_config::UpdateBackupServerConfig>(),
    Entry::of::<update_pgsql_node::UpdatePgsqlNode>(),
    Entry::of::<update_pgsql_node_config::UpdatePgsqlNodeConfig>(),
    Entry::of::<update_retention_policy::UpdateRetentionPolicy>(),
];

static COMMANDS: LazyLock<Commands> = LazyLock::new(|| {
    let lists = lists::LISTS.iter().map(Entry::list);
    Commands::new(OWN.iter().copied().chain(lists))
});

/// Every command.
pub fn commands() -> &'static Commands {
    &COMMANDS
}

/// Every command, in the order in which help lists them.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    commands().all()
}

/// The command of this name, in any case.
pub fn find(name: &str) -> Option<&'static Entry> {
    commands().find(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer;
    use crate::spec::Form;

    #[test]
    fn every_command_is_declared_completely() {
        for Entry { spec, .. } in all() {
            assert!(
                !spec.summary.is_empty() && !spec.summary.ends_with('.'),
                "{}: summary",
                spec.name
            );
            assert!(
                spec.example.starts_with(spec.name),
                "{}: example",
                spec.name
            );
            for parameter in spec.parameters {
                assert!(
                    !parameter.help.is_empty(),
                    "{} {}: help",
                    spec.name,
                    parameter.key
                );
                assert!(
                    !parameter.label.is_empty(),
                    "{} {}: label",
                    spec.name,
                    parameter.key
                );
            }
        }
    }

    #[test]
    fn every_form_names_declared_parameters_and_every_parameter_is_in_a_form() {
        for Entry { spec, .. } in all() {
            assert_eq!(
                spec.parameters.is_empty(),
                spec.forms.is_empty(),
                "{}",
                spec.name
            );
            for form in spec.forms {
                let (Form::Words(keys) | Form::Assignments(keys)) = form else {
                    continue;
                };
                for key in *keys {
                    assert!(
                        spec.parameter(key).is_some(),
                        "{}: {key} is not declared",
                        spec.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_example_has_one_of_the_declared_forms() {
        for Entry { spec, .. } in all() {
            let words = lexer::split(spec.example).unwrap().len() - 1;
            let fits = spec.forms.iter().any(|form| match form {
                Form::Words(keys) => keys.len() == words,
                Form::Assignments(keys) => words > keys.len(),
                Form::Rest(_) => true,
            });
            assert!(
                fits || (words == 0 && spec.parameters.is_empty()),
                "{}: {}",
                spec.name,
                spec.example
            );
        }
    }

    #[test]
    fn no_name_is_declared_twice() {
        let mut names: Vec<_> = all().map(|entry| entry.spec.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().count());
    }
}
