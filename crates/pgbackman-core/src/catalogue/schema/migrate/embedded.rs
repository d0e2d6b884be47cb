//! The SQL of `sql/`, built into the programs: no file is needed to make or upgrade a catalogue.

/// A file of `sql/` with its name, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
}

macro_rules! file {
    ($name:literal) => {
        File {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../sql/", $name)),
        }
    };
}

/// The whole schema, in order: what a fresh catalogue is made of.
pub(super) const SCHEMA: &[File] = &[
    file!("schema/10_codes.sql"),
    file!("schema/20_servers_and_nodes.sql"),
    file!("schema/30_definitions.sql"),
    file!("schema/40_catalogue.sql"),
    file!("schema/50_queues.sql"),
    file!("schema/60_runs.sql"),
    file!("schema/62_node_databases.sql"),
    file!("schema/65_clones.sql"),
    file!("schema/66_alert_deliveries.sql"),
    file!("schema/67_signs_of_life.sql"),
    file!("schema/68_directory_marks.sql"),
    file!("schema/69_file_looks.sql"),
    file!("schema/90_version.sql"),
];

/// Rows, functions, triggers, views and grants: applied to a fresh catalogue, and again by every upgrade.
pub(super) const REPEATABLE: &[File] = &[
    file!("data/10_codes.sql"),
    file!("data/20_configuration.sql"),
    file!("functions/10_lookups.sql"),
    file!("functions/15_programs_of_1_x.sql"),
    file!("functions/20_queue.sql"),
    file!("functions/30_servers_and_nodes.sql"),
    file!("functions/34_maintenance_windows.sql"),
    file!("functions/35_configuration.sql"),
    file!("functions/40_definitions.sql"),
    file!("functions/45_snapshots_and_restores.sql"),
    file!("functions/47_snapshot_definitions.sql"),
    file!("functions/48_requested_runs.sql"),
    file!("functions/50_backups.sql"),
    file!("functions/55_restores.sql"),
    file!("functions/57_runs_of_1_x.sql"),
    file!("functions/60_deletions.sql"),
    file!("views/05_needed_by_restores.sql"),
    file!("functions/70_retention.sql"),
    file!("functions/71_time_zones.sql"),
    file!("functions/71_shared_files.sql"),
    file!("functions/72_expired_backups.sql"),
    file!("functions/73_file_looks.sql"),
    file!("functions/74_kept_backups.sql"),
    file!("functions/75_deleted_backups.sql"),
    file!("functions/76_deleted_databases.sql"),
    file!("functions/77_node_databases.sql"),
    file!("functions/77_directory_marks.sql"),
    file!("functions/78_lost_runs.sql"),
    file!("functions/80_statistics.sql"),
    file!("functions/82_disk_space.sql"),
    file!("functions/85_clones.sql"),
    file!("functions/87_signs_of_life.sql"),
    file!("functions/87_alerts.sql"),
    file!("functions/90_programs_of_1_x_triggers.sql"),
    file!("functions/91_server_and_node_triggers.sql"),
    file!("functions/92_configuration_triggers.sql"),
    file!("functions/93_definition_triggers.sql"),
    file!("functions/94_catalogue_triggers.sql"),
    file!("views/06_node_names.sql"),
    file!("views/10_servers_and_nodes.sql"),
    file!("views/12_maintenance_windows.sql"),
    file!("views/20_definitions.sql"),
    file!("views/30_catalogue.sql"),
    file!("views/40_restores.sql"),
    file!("views/43_backups_in_progress.sql"),
    file!("views/45_clones.sql"),
    file!("views/46_file_looks.sql"),
    file!("views/47_daemons.sql"),
    file!("views/47_databases_without_definition.sql"),
    file!("views/48_alerts.sql"),
    file!("views/50_maintenance.sql"),
    file!("functions/99_grants.sql"),
];

/// A change of tables from one version to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The versions it starts from.
    pub(super) from: &'static [i32],
    /// The version it leads to; its SQL notes it.
    pub(super) to: i32,
    pub(super) file: File,
}

/// The steps, in order.
pub(super) const STEPS: &[Step] = &[
    Step {
        from: &[1],
        to: 2,
        file: file!("migrations/0002_v_1_1_0.sql"),
    },
    Step {
        from: &[2, 3, 4, 5],
        to: 10,
        file: file!("migrations/0010_v_2_0_0.sql"),
    },
    Step {
        from: &[10],
        to: 11,
        file: file!("migrations/0011_v_2_0_1.sql"),
    },
    Step {
        from: &[11],
        to: 12,
        file: file!("migrations/0012_v_2_0_2.sql"),
    },
    Step {
        from: &[12],
        to: 13,
        file: file!("migrations/0013_v_2_0_3.sql"),
    },
];

/// The functions of 1.x, of any signature. Those that have a successor are made again by [`REPEATABLE`].
pub(super) const LEGACY_FUNCTIONS: &[&str] = &[
    "check_pgsql_node_status",
    "delete_alert",
    "delete_backup_catalog",
    "delete_backup_definition_dbname",
    "delete_backup_definition_id",
    "delete_backup_server",
    "delete_catalog_entries_to_delete",
    "delete_force_backup_definition_dbname",
    "delete_force_backup_definition_id",
    "delete_pgsql_node",
    "delete_pgsql_node_to_delete",
    "delete_pgsql_nodes_stopped",
    "delete_restore_logs_to_delete",
    "delete_snapshot_definition",
    "generate_backup_catalog_alert",
    "generate_crontab_backup_jobs",
    "generate_restore_at_file",
    "generate_snapshot_at_file",
    "get_backup_definition_def_value",
    "get_backup_server_config_value",
    "get_backup_server_def_value",
    "get_backup_server_fqdn",
    "get_backup_server_id",
    "get_backup_server_id_from_bckid",
    "get_dbname_from_bckid",
    "get_default_backup_server_parameter",
    "get_default_pgsql_node_parameter",
    "get_hour_from_interval",
    "get_listen_channel_names",
    "get_minute_from_interval",
    "get_next_crontab_id_to_generate",
    "get_pgsql_node_admin_user",
    "get_pgsql_node_config_value",
    "get_pgsql_node_def_value",
    "get_pgsql_node_dsn",
    "get_pgsql_node_fqdn",
    "get_pgsql_node_id",
    "get_pgsql_node_port",
    "get_role_list_from_bckid",
    "notify_new_restore",
    "notify_new_snapshot",
    "notify_pgsql_node_change",
    "notify_pgsql_node_deleted",
    "register_backup_catalog",
    "register_backup_definition",
    "register_backup_server",
    "register_pgsql_node",
    "register_restore_catalog",
    "register_restore_definition",
    "register_snapshot_definition",
    "update_alert_sent",
    "update_backup_definition",
    "update_backup_definition_registration",
    "update_backup_definition_status_to_delete",
    "update_backup_server",
    "update_backup_server_config",
    "update_backup_server_configuration",
    "update_job_queue",
    "update_pgsql_node",
    "update_pgsql_node_config",
    "update_pgsql_node_configuration",
    "update_pgsql_nodes_to_delete",
    "update_restore_logs_to_delete",
    "update_restore_status",
    "update_snapshot_status",
];

/// Names of the tables that [`SCHEMA`] makes: those of 1.x are among them.
pub(super) fn table_names() -> Vec<&'static str> {
    created(SCHEMA, "CREATE TABLE ", ' ')
}

/// Names of the functions that [`REPEATABLE`] makes.
pub(super) fn function_names() -> Vec<&'static str> {
    created(REPEATABLE, "CREATE FUNCTION ", '(')
}

/// Names of the views that [`REPEATABLE`] makes, in order.
pub(super) fn view_names() -> Vec<&'static str> {
    created(REPEATABLE, "CREATE VIEW ", ' ')
}

/// What stands between a line's beginning and the end of a name.
fn created(files: &[File], statement: &str, end: char) -> Vec<&'static str> {
    files
        .iter()
        .flat_map(|file| file.text.lines())
        .filter_map(|line| line.strip_prefix(statement)?.split(end).next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_from_every_released_version_to_this_one() {
        for start in [1, 2, 3, 4, 5, 10, 12] {
            let mut version = start;
            while let Some(step) = STEPS.iter().find(|step| step.from.contains(&version)) {
                assert!(step.to > version, "{}", step.file.name);
                version = step.to;
            }
            assert_eq!(
                version,
                crate::catalogue::schema::SCHEMA_VERSION,
                "from {start}"
            );
        }
    }

    #[test]
    fn every_view_of_the_specification_is_made_once() {
        let mut names = view_names();
        names.sort_unstable();
        let made = names.len();
        names.dedup();
        assert_eq!(made, names.len());
        assert!(
            names.contains(&"show_backup_catalog") && names.contains(&"get_restore_logs_to_delete"),
            "{names:?}"
        );
    }
}
